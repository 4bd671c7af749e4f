// Builds the folders of a package from the paths of its files, with sizes summed up.
export interface TreeFile { index: number; path: string; length: number }
export interface TreeNode<F extends TreeFile = TreeFile> {
  name: string;
  /** The path from the top, unique in the tree. */
  path: string;
  /** Null for a folder. */
  file: F | null;
  children: TreeNode<F>[];
  /** Every file below, itself included. */
  files: F[];
  length: number;
}

const folder = <F extends TreeFile>(name: string, path: string): TreeNode<F> => ({ name, path, file: null, children: [], files: [], length: 0 });

/** The tree of these files, folders in the order in which they first occur. Walks up with each file, so it is linear. */
export function treeOf<F extends TreeFile>(files: readonly F[]): TreeNode<F> {
  const root = folder<F>('', '');
  const folders = new Map<string, TreeNode<F>>([['', root]]);
  const folderAt = (path: string): TreeNode<F> => {
    const known = folders.get(path);
    if (known) return known;
    const cut = path.lastIndexOf('/');
    const parent = folderAt(cut < 0 ? '' : path.slice(0, cut));
    const node = folder<F>(path.slice(cut + 1), path);
    parent.children.push(node);
    folders.set(path, node);
    return node;
  };
  for (const file of files) {
    const cut = file.path.lastIndexOf('/');
    const parentPath = cut < 0 ? '' : file.path.slice(0, cut);
    folderAt(parentPath).children.push({ name: file.path.slice(cut + 1), path: `${file.path}#${file.index}`, file, children: [], files: [file], length: file.length });
    for (let path = parentPath; ; path = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '') {
      const above = folderAt(path);
      above.files.push(file);
      above.length += file.length;
      if (path === '') break;
    }
  }
  return root;
}
