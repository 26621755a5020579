/** A number with at most one decimal, as the page's language writes it. */
export function format_number(value: number, digits = 1): string {
  return new Intl.NumberFormat(document.documentElement.lang || "fi", { maximumFractionDigits: digits }).format(value);
}

/** Megabytes (10^6), as phones count file sizes: 87, or 3,4 when small. */
export function format_megabytes(bytes: number): string {
  const megabytes = bytes / 1_000_000;
  return format_number(megabytes, megabytes < 10 ? 1 : 0);
}
