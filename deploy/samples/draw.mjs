// Draws a teller in the place where they work, as SVG. Flat shapes and few colours, so that a video of it stays small.
// The same picture is drawn with the mouth closed, half open and open, and with eyes open and shut.

const rect = (x, y, w, h, fill, r = 0, more = "") => `<rect x="${x}" y="${y}" width="${w}" height="${h}" rx="${r}" fill="${fill}" ${more}/>`;
const circle = (x, y, r, fill, more = "") => `<circle cx="${x}" cy="${y}" r="${r}" fill="${fill}" ${more}/>`;
const ellipse = (x, y, rx, ry, fill, more = "") => `<ellipse cx="${x}" cy="${y}" rx="${rx}" ry="${ry}" fill="${fill}" ${more}/>`;
const path = (d, fill, more = "") => `<path d="${d}" fill="${fill}" ${more}/>`;
const line = (d, stroke, width) => `<path d="${d}" fill="none" stroke="${stroke}" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round"/>`;
const each = (n, draw) => Array.from({ length: n }, (_, i) => draw(i)).join("");
const sky = (id, top, bottom) => `<linearGradient id="${id}" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${top}"/><stop offset="1" stop-color="${bottom}"/></linearGradient>`;

const spruce = (x, y, s, fill) => path(`M${x} ${y} l${-s} 0 l${s * 0.5} ${-s * 0.9} l${-s * 0.3} 0 l${s * 0.5} ${-s * 0.9} l${-s * 0.2} 0 l${s * 0.5} ${-s} l${s * 0.5} ${s} l${-s * 0.2} 0 l${s * 0.5} ${s * 0.9} l${-s * 0.3} 0 l${s * 0.5} ${s * 0.9} z`, fill);
const window_ = (x, y, w, h, view) => `<svg x="${x}" y="${y}" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}">${view}</svg>`
  + `<rect x="${x}" y="${y}" width="${w}" height="${h}" fill="none" stroke="#fbf7ee" stroke-width="14"/>` + rect(x + w / 2 - 5, y, 10, h, "#fbf7ee");
const pot = (x, y, s, pot_fill, leaf) => each(7, (i) => ellipse(x + (i - 3) * s * 0.18, y - s * 0.95 + Math.abs(i - 3) * s * 0.1, s * 0.1, s * 0.5, leaf, `transform="rotate(${(i - 3) * 16} ${x} ${y - s * 0.4})"`))
  + path(`M${x - s * 0.35} ${y - s * 0.45} h${s * 0.7} l${-s * 0.1} ${s * 0.45} h${-s * 0.5} z`, pot_fill);

const landscape = (w, h) => rect(0, 0, w, h, "url(#sky)") + ellipse(w * 0.3, h * 0.95, w * 0.6, h * 0.3, "#a8c3a0") + ellipse(w * 0.85, h, w * 0.5, h * 0.35, "#8fb08a")
  + each(4, (i) => spruce(w * (0.15 + i * 0.22), h * 0.86, h * 0.09 + (i % 2) * h * 0.03, "#3f6b52"));

const scenes = {
  care: (w, h) => rect(0, 0, w, h, "#f3e7d6") + rect(0, h * 0.78, w, h * 0.22, "#d9c3a3")
    + window_(w * 0.06, h * 0.1, w * 0.28, h * 0.46, landscape(w * 0.28, h * 0.46))
    + path(`M${w * 0.04} ${h * 0.07} h${w * 0.07} q${-w * 0.01} ${h * 0.3} ${-w * 0.05} ${h * 0.54} h${-w * 0.02} z`, "#c86f52", 'opacity="0.8"')
    + rect(w * 0.72, h * 0.3, w * 0.22, h * 0.02, "#9c7a52") + pot(w * 0.78, h * 0.3, h * 0.13, "#c86f52", "#5d8a63")
    + rect(w * 0.86, h * 0.2, w * 0.03, h * 0.1, "#2f7f86", 4) + rect(w * 0.895, h * 0.17, w * 0.025, h * 0.13, "#e0b354", 4)
    + rect(w * 0.66, h * 0.62, w * 0.32, h * 0.2, "#ffffff", 16) + rect(w * 0.66, h * 0.7, w * 0.32, h * 0.12, "#9cc3c6", 12) + rect(w * 0.69, h * 0.59, w * 0.1, h * 0.09, "#fdfaf3", 18)
    + rect(w * 0.76, h * 0.42, w * 0.1, h * 0.1, "#fff", 6) + line(`M${w * 0.81} ${h * 0.44} v${h * 0.06} m${-w * 0.018} ${-h * 0.03} h${w * 0.036}`, "#c86f52", 10),
  kitchen: (w, h) => rect(0, 0, w, h, "#e9eef0") + each(14, (i) => each(9, (k) => rect(i * (w / 14) + 2, k * (h / 15) + 2, w / 14 - 4, h / 15 - 4, (i + k) % 5 ? "#f5f8f8" : "#dfe8ea", 3)))
    + rect(0, h * 0.16, w, h * 0.012, "#7d8a90")
    + each(4, (i) => line(`M${w * (0.14 + i * 0.24)} ${h * 0.17} v${h * 0.05}`, "#7d8a90", 6) + circle(w * (0.14 + i * 0.24), h * 0.22 + w * 0.07, w * 0.07, ["#b86b3a", "#5b666d", "#b86b3a", "#8b979d"][i]) + circle(w * (0.14 + i * 0.24), h * 0.22 + w * 0.07, w * 0.05, ["#d08a55", "#707b82", "#d08a55", "#a3afb5"][i]))
    + rect(0, h * 0.6, w, h * 0.025, "#b9c4c8") + rect(0, h * 0.625, w, h * 0.375, "#8b979d")
    + rect(w * 0.03, h * 0.5, w * 0.22, h * 0.1, "#5b666d", 8) + rect(w * 0.0, h * 0.53, w * 0.28, h * 0.015, "#454e54", 6)
    + each(3, (i) => line(`M${w * (0.08 + i * 0.06)} ${h * 0.48} q${w * 0.03} ${-h * 0.02} 0 ${-h * 0.045} q${-w * 0.03} ${-h * 0.02} 0 ${-h * 0.04}`, "#ffffff", 7))
    + circle(w * 0.83, h * 0.575, w * 0.045, "#d1493f") + circle(w * 0.91, h * 0.58, w * 0.04, "#e0a53c") + pot(w * 0.95, h * 0.6, w * 0.12, "#fff", "#5d8a4a"),
  code: (w, h) => rect(0, 0, w, h, "#2c3550") + window_(w * 0.56, h * 0.06, w * 0.38, h * 0.2, rect(0, 0, w, h, "#131a33") + each(14, (i) => circle((i * 67) % (w * 0.38), (i * 41) % (h * 0.13), 2.5, "#f6edc8")) + circle(w * 0.3, h * 0.05, 22, "#f6edc8") + each(4, (i) => rect(w * 0.1 * i, h * 0.13 - (i % 2) * 14, w * 0.07, h * 0.1, "#0c1124")))
    + rect(w * 0.04, h * 0.3, w * 0.42, h * 0.19, "#10162b", 12) + each(9, (i) => rect(w * (0.07 + (i % 3) * 0.025), h * 0.32 + i * h * 0.017, w * (0.12 + ((i * 7) % 5) * 0.035), h * 0.008, ["#7fc8a9", "#e0b354", "#8fb3e8"][i % 3], 4))
    + rect(w * 0.22, h * 0.49, w * 0.06, h * 0.05, "#10162b") + rect(w * 0.6, h * 0.36, w * 0.36, h * 0.16, "#10162b", 12) + path(`M${w * 0.63} ${h * 0.49} l${w * 0.08} ${-h * 0.05} l${w * 0.08} ${h * 0.02} l${w * 0.12} ${-h * 0.07}`, "none", 'stroke="#7fc8a9" stroke-width="7"')
    + rect(0, h * 0.56, w, h * 0.44, "#6d5440") + rect(0, h * 0.54, w, h * 0.025, "#8a6b51") + rect(w * 0.86, h * 0.48, w * 0.09, h * 0.06, "#c86f52", 8) + pot(w * 0.12, h * 0.54, w * 0.13, "#e0b354", "#5d8a63"),
  building: (w, h) => rect(0, 0, w, h, "url(#sky)") + circle(w * 0.84, h * 0.18, 54, "#f7dc8c") + each(9, (i) => spruce(w * (0.02 + i * 0.125), h * 0.74, h * 0.1 + (i % 3) * h * 0.03, ["#4d7a61", "#3f6b52", "#5b876d"][i % 3])) + rect(0, h * 0.72, w, h * 0.28, "#e9eef0")
    + path(`M${w * 0.05} ${h * 0.42} L${w * 0.24} ${h * 0.2} L${w * 0.43} ${h * 0.42} Z`, "none", 'stroke="#c08a4e" stroke-width="18" stroke-linejoin="round"')
    + each(6, (i) => rect(w * (0.06 + i * 0.07), h * 0.42, 16, h * 0.34, i % 2 ? "#d29b5c" : "#c08a4e")) + rect(w * 0.05, h * 0.42, w * 0.38, 18, "#b57c40") + rect(w * 0.05, h * 0.58, w * 0.38, 14, "#b57c40") + rect(w * 0.05, h * 0.75, w * 0.38, 20, "#9c6a35")
    + line(`M${w * 0.24} ${h * 0.2} V${h * 0.42}`, "#c08a4e", 16)
    + rect(w * 0.93, h * 0.16, 18, h * 0.6, "#e0b354") + rect(w * 0.6, h * 0.16, w * 0.38, 16, "#e0b354") + line(`M${w * 0.64} ${h * 0.17} v${h * 0.14}`, "#5b666d", 5) + rect(w * 0.61, h * 0.31, w * 0.06, 16, "#b57c40")
    + each(4, (i) => rect(w * 0.72 - i * 6, h * 0.8 - i * 24, w * 0.24, 20, i % 2 ? "#d9ab6d" : "#c9965a", 4)),
  garden: (w, h) => rect(0, 0, w, h, "url(#sky)") + each(7, (i) => line(`M${w * (i / 6)} ${h * 0.75} V${h * 0.1}`, "#ffffff", 7)) + line(`M0 ${h * 0.3} Q${w / 2} ${-h * 0.16} ${w} ${h * 0.3}`, "#ffffff", 12) + line(`M0 ${h * 0.45} H${w}`, "#ffffff", 7)
    + ellipse(w * 0.2, h * 0.76, w * 0.3, h * 0.2, "#79a86b") + ellipse(w * 0.85, h * 0.78, w * 0.32, h * 0.22, "#6a9a5e") + rect(0, h * 0.74, w, h * 0.26, "#6b4a33")
    + each(9, (i) => { const x = w * (0.05 + i * 0.115); return line(`M${x} ${h * 0.8} v${-h * (0.12 + (i % 3) * 0.03)}`, "#3f6b3a", 7) + ellipse(x - 16, h * 0.74, 20, 8, "#4f8247", `transform="rotate(-30 ${x - 16} ${h * 0.74})"`) + path(`M${x - 20} ${h * (0.68 - (i % 3) * 0.03)} q0 40 20 40 q20 0 20 -40 q-10 14 -20 -6 q-10 20 -20 6 z`, ["#d1493f", "#e0a53c", "#c77fb0"][i % 3]); })
    + each(3, (i) => pot(w * (0.76 + i * 0.09), h * 0.95, h * 0.14, "#c86f52", "#5d8a4a")),
  office: (w, h) => rect(0, 0, w, h, "#e6ebef") + window_(w * 0.6, h * 0.08, w * 0.34, h * 0.44, rect(0, 0, w, h, "url(#sky)") + rect(0, h * 0.26, w, h * 0.2, "#5e93b8") + path(`M${w * 0.05} ${h * 0.3} h${w * 0.12} l${-w * 0.02} ${h * 0.03} h${-w * 0.08} z`, "#fdfaf3") + rect(w * 0.08, h * 0.265, w * 0.06, h * 0.035, "#fdfaf3") + rect(w * 0.1, h * 0.235, w * 0.015, h * 0.03, "#c0392f") + path(`M${w * 0.24} ${h * 0.4} q${w * 0.05} ${-h * 0.08} ${w * 0.12} 0 z`, "#7a6a5c") + rect(w * 0.28, h * 0.2, w * 0.02, h * 0.15, "#fdfaf3") + rect(w * 0.28, h * 0.24, w * 0.02, h * 0.03, "#c0392f"))
    + rect(w * 0.05, h * 0.12, w * 0.26, h * 0.3, "#ffffff", 8) + each(5, (i) => rect(w * (0.08 + i * 0.042), h * (0.36 - [0.07, 0.11, 0.09, 0.16, 0.2][i]), w * 0.028, h * [0.07, 0.11, 0.09, 0.16, 0.2][i], ["#1f4e79", "#5e93b8", "#e0b354", "#5e93b8", "#1f4e79"][i], 3))
    + rect(w * 0.05, h * 0.56, w * 0.26, h * 0.02, "#9c7a52") + each(9, (i) => rect(w * (0.06 + i * 0.026), h * (0.45 + (i % 2) * 0.01), w * 0.022, h * (0.11 - (i % 2) * 0.01), ["#c86f52", "#1f4e79", "#e0b354", "#5d8a63"][i % 4], 3))
    + rect(0, h * 0.82, w, h * 0.18, "#b08d62") + rect(0, h * 0.8, w, h * 0.03, "#c4a276") + rect(w * 0.72, h * 0.68, w * 0.16, h * 0.13, "#3d4a57", 8) + pot(w * 0.16, h * 0.8, h * 0.14, "#fdfaf3", "#5d8a63"),
  workshop: (w, h) => rect(0, 0, w, h, "#47525c") + each(6, (i) => rect(w * (i / 6), 0, 4, h * 0.8, "#3a444d")) + rect(0, h * 0.8, w, h * 0.2, "#6a6258")
    + rect(w * 0.05, h * 0.12, w * 0.26, h * 0.34, "#8a6a45", 6) + each(4, (i) => line(`M${w * (0.09 + i * 0.055)} ${h * 0.18} v${h * 0.16}`, ["#d7dde0", "#c0392f", "#d7dde0", "#e0b354"][i], 14) + rect(w * (0.076 + i * 0.055), h * 0.17, w * 0.028, h * 0.045, ["#b9c4c8", "#8b979d", "#b9c4c8", "#8b979d"][i], 6))
    + rect(w * 0.08, h * 0.38, w * 0.2, h * 0.05, "#fdfaf3", 4) + rect(w * 0.66, h * 0.1, w * 0.29, h * 0.24, "#9fb8c4", 4) + each(3, (i) => rect(w * (0.66 + i * 0.097), h * 0.1, 6, h * 0.24, "#3a444d"))
    + rect(w * 0.62, h * 0.62, w * 0.38, h * 0.03, "#8b979d") + rect(w * 0.66, h * 0.65, 20, h * 0.2, "#5b666d") + rect(w * 0.94, h * 0.65, 20, h * 0.2, "#5b666d") + each(3, (i) => circle(w * (0.78 + i * 0.06), h * 0.585, 30, "none", 'stroke="#b9c4c8" stroke-width="12"'))
    + circle(w * 0.7, h * 0.6, 26, "#fff3c4") + each(14, (i) => line(`M${w * 0.7} ${h * 0.6} l${Math.cos(i * 0.45) * (50 + (i % 4) * 22)} ${Math.sin(i * 0.45) * (50 + (i % 3) * 26)}`, i % 2 ? "#ffd45e" : "#ff9d3c", 4)),
  home: (w, h) => rect(0, 0, w, h, "#f4e3cf") + window_(w * 0.08, h * 0.08, w * 0.4, h * 0.26, landscape(w * 0.4, h * 0.26)) + rect(0, h * 0.66, w, h * 0.34, "#c9a680")
    + rect(w * 0.6, h * 0.16, w * 0.34, h * 0.012, "#8a6b51") + each(8, (i) => rect(w * (0.61 + i * 0.04), h * (0.1 + (i % 3) * 0.008), w * 0.033, h * (0.06 - (i % 3) * 0.008), ["#b0413e", "#2f7f86", "#e0b354", "#5d8a63"][i % 4], 3)) + rect(w * 0.6, h * 0.28, w * 0.34, h * 0.012, "#8a6b51") + pot(w * 0.68, h * 0.28, w * 0.14, "#c86f52", "#5d8a63") + rect(w * 0.8, h * 0.23, w * 0.1, h * 0.05, "#fdfaf3", 4) + circle(w * 0.85, h * 0.255, 16, "#e0a53c")
    + rect(w * -0.05, h * 0.52, w * 0.5, h * 0.2, "#5e7f94", 30) + rect(w * 0.62, h * 0.5, w * 0.45, h * 0.22, "#5e7f94", 30) + line(`M${w * 0.93} ${h * 0.66} V${h * 0.4}`, "#8a6b51", 8) + path(`M${w * 0.86} ${h * 0.42} l${w * 0.03} ${-h * 0.06} h${w * 0.08} l${w * 0.03} ${h * 0.06} z`, "#f7dc8c"),
};

const skies = { care: ["#bfe0ee", "#eef6ee"], building: ["#a9cfe6", "#eef3f2"], garden: ["#cfe8ee", "#eaf4e4"], office: ["#a9d0e8", "#e6f1f5"], home: ["#f5d9b0", "#f7eddc"] };

const shade = (hex, by) => "#" + [1, 3, 5].map((i) => Math.max(0, Math.min(255, Math.round(parseInt(hex.slice(i, i + 2), 16) * by))).toString(16).padStart(2, "0")).join("");

const hair_behind = (look) => ({
  long: path("M-104 -290 q-8 -130 104 -132 q112 2 104 132 l14 170 q-118 50 -236 0 z", look.hair),
  bun: circle(0, -424, 44, look.hair),
  curly: each(11, (i) => circle(Math.cos(Math.PI * (i / 10)) * 108, -290 - Math.sin(Math.PI * (i / 10)) * 100, 46, look.hair)) + circle(-112, -250, 40, look.hair) + circle(112, -250, 40, look.hair),
}[look.style] ?? "");

const hair_before = (look) => ({
  long: path("M-96 -290 q-6 -112 96 -116 q102 4 96 116 q-20 -62 -74 -74 q-60 44 -118 74 z", look.hair),
  bun: path("M-94 -280 q-8 -118 94 -122 q102 4 94 122 q-24 -70 -94 -74 q-70 4 -94 74 z", look.hair),
  curly: each(7, (i) => circle(-78 + i * 26, -368 + Math.abs(i - 3) * 10, 30, look.hair)),
  short: path("M-96 -288 q-10 -112 70 -118 q120 -12 122 118 q-18 -66 -60 -72 q-70 16 -108 6 q-18 22 -24 66 z", look.hair),
  chef: path("M-92 -300 q4 -50 20 -60 h144 q16 10 20 60 l-12 -24 h-160 z", look.hair) + rect(-86, -398, 172, 62, "#ffffff", 8) + circle(-56, -418, 46, "#ffffff") + circle(0, -434, 54, "#ffffff") + circle(56, -418, 46, "#ffffff") + rect(-86, -362, 172, 8, "#e3e7e8"),
  helmet: path("M-104 -330 q4 -104 104 -104 q100 0 104 104 z", "#f2c230") + rect(-124, -340, 248, 22, "#f2c230", 11) + rect(-14, -436, 28, 100, "#d9a91f", 10),
}[look.style] ?? "");

function clothes(look, scene) {
  const body = path("M-206 30 C-206 -110 -120 -150 -54 -164 L54 -164 C120 -150 206 -110 206 30 Z", look.clothes);
  const seam = shade(look.clothes, 0.82);
  if (scene === "kitchen") return body + each(4, (i) => circle(-26, -110 + i * 36, 7, seam) + circle(26, -110 + i * 36, 7, seam)) + path("M-54 -164 L0 -112 L54 -164 L40 -178 H-40 Z", "#c0392f");
  if (scene === "building") return body + rect(-206, -40, 412, 22, "#e8edb0") + line("M0 -150 V30", seam, 6);
  if (scene === "care") return body + path("M-48 -166 L0 -96 L48 -166 L38 -176 H-38 Z", look.skin) + line("M-52 -164 L0 -94 L52 -164", seam, 9) + rect(70, -78, 60, 40, "#fdfaf3", 5) + rect(78, -66, 44, 6, "#8b979d", 3);
  if (scene === "garden") return body + path("M-90 -140 L-70 30 H70 L90 -140 L60 -156 L44 -70 H-44 L-60 -156 Z", "#c9965a");
  if (scene === "workshop") return body + path("M-80 -100 H80 V30 H-80 Z", "#8a5a32") + line("M-70 -100 L-46 -158 M70 -100 L46 -158", "#8a5a32", 14);
  return body + path("M-46 -168 Q0 -116 46 -168 L38 -178 H-38 Z", seam);
}

function mouth(open) {
  if (open === 0) return line("M-26 -214 Q0 -196 26 -214", "#9c4a44", 7);
  const ry = open === 1 ? 10 : 19;
  return ellipse(0, -208, 22 + open, ry, "#7a2f2f") + ellipse(0, -208 + ry * 0.5, 14, ry * 0.42, "#d0706a") + rect(-13, -208 - ry * 0.86, 26, ry * 0.42, "#ffffff", 3);
}

function person(look, scene, open, blink) {
  const dark = shade(look.skin, 0.86);
  const eye = (x) => blink ? line(`M${x - 11} -276 q11 9 22 0`, "#3a2a22", 6) : ellipse(x, -276, 9, 11, "#2a2220") + circle(x + 3, -280, 3, "#ffffff");
  return hair_behind(look) + rect(-34, -220, 68, 80, dark, 20) + clothes(look, scene)
    + ellipse(-92, -268, 16, 24, dark) + ellipse(92, -268, 16, 24, dark) + ellipse(0, -276, 92, 110, look.skin)
    + (look.beard ? path("M-90 -262 q4 116 90 116 q86 0 90 -116 q-22 40 -54 36 q-36 -16 -72 0 q-32 4 -54 -36 z", look.style === "chef" || look.style === "helmet" ? shade(look.hair, 1.1) : look.hair) : "")
    + ellipse(-56, -240, 18, 12, "#e08a7a", 'opacity="0.35"') + ellipse(56, -240, 18, 12, "#e08a7a", 'opacity="0.35"')
    + eye(-36) + eye(36) + line("M-54 -304 q18 -12 36 -2", shade(look.hair, 0.8), 7) + line("M18 -306 q18 -10 36 2", shade(look.hair, 0.8), 7) + line("M0 -268 q12 26 -4 32", dark, 6)
    + mouth(open) + hair_before(look)
    + (look.glasses ? each(2, (i) => `<circle cx="${i ? 38 : -38}" cy="-276" r="30" fill="#ffffff22" stroke="#2c2c34" stroke-width="6"/>`) + line("M-8 -278 q8 -6 16 0", "#2c2c34", 6) : "");
}

/** One picture. `open` is how far the mouth is open, 0 to 2. */
export function draw(story, open, blink) {
  const [w, h] = story.portrait ? [720, 1280] : [1280, 720];
  const scale = story.portrait ? 1.75 : 1.3;
  const [top, bottom] = skies[story.scene] ?? ["#cfe4ee", "#f3f4ee"];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}"><defs>${sky("sky", top, bottom)}</defs>`
    + scenes[story.scene](w, h) + `<g transform="translate(${w / 2} ${h}) scale(${scale})">${person(story.look, story.scene, open, blink)}</g></svg>`;
}
