// The lists this device may change: their edit links, in the browser's own storage. Nothing of it leaves the device but
// the link itself, when its owner uses it.

export interface KnownList {
  id: string;
  token: string;
  title: string;
}

const key = "tarina.lists";

export function knownLists(): KnownList[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? "[]");
    if (!Array.isArray(kept)) return [];
    return kept.filter((one): one is KnownList => typeof one?.id === "string" && typeof one?.token === "string" && typeof one?.title === "string");
  } catch {
    return []; // storage refused or broken
  }
}

function keep(lists: KnownList[]): boolean {
  try {
    localStorage.setItem(key, JSON.stringify(lists.slice(0, 50)));
    return true;
  } catch {
    return false;
  }
}

/** The list used last stands first. */
export const rememberList = (list: KnownList): boolean => keep([list, ...knownLists().filter((one) => one.id !== list.id)]);
export const forgetList = (id: string): boolean => keep(knownLists().filter((one) => one.id !== id));
