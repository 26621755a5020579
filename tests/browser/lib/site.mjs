// A site with a few published stories: what most page tests begin with.
import { clip, subtitles } from "./clips.mjs";
import { loadStory, Visitor } from "./people.mjs";
import { startServer } from "./server.mjs";

const words = [
  "Hei, minä olen Aino ja valmistuin lähihoitajaksi Oulussa.",
  "Opiskelin kolme vuotta ja kävin välillä töissä.",
  "Parasta olivat työssäoppimisen jaksot vanhainkodissa.",
  "Sain vakituisen työpaikan heti valmistumisen jälkeen.",
  "Nyt hoidan ihmisiä heidän omissa kodeissaan.",
];
const ord = [
  "Hej, jag heter Aino och blev närvårdare i Uleåborg.",
  "Jag studerade i tre år och jobbade ibland.",
  "Det bästa var perioderna på äldreboendet.",
  "Jag fick en fast tjänst genast efter examen.",
  "Nu vårdar jag människor i deras egna hem.",
];

/** Gives {server, staff, stories: {landscape, portrait, silent}}. */
export async function siteWithStories(options = {}) {
  const server = await startServer(options);
  const staff = new Visitor(server.url);
  await staff.signIn(await server.admin());
  const landscape = await loadStory(staff, {
    file: await clip(),
    teller: "Aino",
    title: { fi: "Hoitaja kulkee kotiin", sv: "Vårdaren kommer hem", en: "The nurse comes home" },
    summary: { fi: "Aino valmistui lähihoitajaksi ja tekee nyt kotihoitoa.", sv: "Aino blev närvårdare och arbetar i hemvården.", en: "Aino became a practical nurse and works in home care." },
    description: { fi: "Aino kertoo, millaista oli opiskella ja millainen on hänen työpäivänsä.\n\nHän puhuu myös siitä, mitä toivoo alalle tuleville." },
    fields: ["09", "091"],
    qualification: "371101",
    occupation: "Lähihoitaja",
    year: 2019,
    tags: ["kotihoito", "työn löytäminen"],
    subtitles: [
      { language: "fi", kind: "captions", text: subtitles(words, 2) },
      { language: "sv", kind: "subtitles", text: subtitles(ord, 2) },
    ],
  });
  const portrait = await loadStory(staff, {
    file: await clip({ width: 360, height: 640, seconds: 8 }),
    teller: "Mikael",
    institution: "luovi",
    title: { fi: "Hitsaaja, joka halusi maalle ja löysi työn metsäkonekorjaamolta" },
    summary: { fi: "Mikael kertoo, miten omaan tahtiin opiskelu toi ammatin." },
    fields: ["07"],
    tags: ["hitsaus"],
    subtitles: [{ language: "fi", kind: "captions", text: subtitles(["Minusta tuli hitsaaja.", "Opiskelin omaan tahtiin."], 3) }],
  });
  const silent = await loadStory(staff, {
    file: await clip({ width: 480, height: 360, seconds: 6, sound: false }),
    teller: "",
    institution: "psk",
    title: { fi: "Keittiön hiljainen aamu" },
    summary: { fi: "Päivä ravintolakeittiössä ilman sanoja." },
    fields: ["10"],
    exemption: "Videossa ei puhuta.",
  });
  return { server, staff, stories: { landscape, portrait, silent } };
}
