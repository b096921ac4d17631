/**
 * Finds the picture that was sent by what a row calls it: its path below the folder, a longer path that ends in that (a
 * driver's mount), or its name alone where only one picture has that name. Undefined where none or several would do.
 */
export function joinNames(paths: Iterable<string>): (id: string) => string | undefined {
  const known = new Set<string>();
  const byName = new Map<string, string | undefined>();
  for (const path of paths) {
    known.add(path);
    const name = path.slice(path.lastIndexOf('/') + 1);
    byName.set(name, byName.has(name) ? undefined : path);
  }
  return (id) => {
    if (known.has(id)) return id;
    for (let slash = id.indexOf('/'); slash !== -1; slash = id.indexOf('/', slash + 1)) {
      const rest = id.slice(slash + 1);
      if (known.has(rest)) return rest;
    }
    return byName.get(id.slice(id.lastIndexOf('/') + 1));
  };
}
