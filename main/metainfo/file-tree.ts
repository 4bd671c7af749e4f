// Flattens the file tree of a v2 or hybrid torrent (BEP 52) into paths and lengths.

/**
 * @returns path components joined by NUL -> length in bytes; null when the tree is malformed or has more than `maxFiles`
 */
export function flattenFileTree(tree: unknown, maxFiles: number): Map<string, number> | null {
  const files = new Map<string, number>();
  const visit = (node: unknown, path: string[]): boolean => {
    if (typeof node !== 'object' || node === null || Array.isArray(node) || node instanceof Uint8Array) return false;
    for (const [name, child] of Object.entries(node)) {
      if (name !== '') {
        if (!visit(child, [...path, name])) return false;
        continue;
      }
      const length = (child as { length?: unknown } | null)?.length;
      if (path.length === 0 || !Number.isSafeInteger(length) || files.size >= maxFiles) return false;
      files.set(path.join('\0'), length as number);
    }
    return true;
  };
  return visit(tree, []) ? files : null;
}
