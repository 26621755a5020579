// Where a list was left, on this device: the item that comes next.
const key = (list: string) => `tarina.place.${list}`;

export function savePlace(list: string, item: string | undefined): void {
  try {
    if (item) localStorage.setItem(key(list), item);
    else localStorage.removeItem(key(list));
  } catch {
    // without storage the list begins at its beginning
  }
}

export function savedPlace(list: string): string | null {
  try {
    return localStorage.getItem(key(list));
  } catch {
    return null;
  }
}
