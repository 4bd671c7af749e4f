// The detail of the one package on screen, as last heard; holds state only.
import { create } from 'zustand';
import type { PackageDetail } from '../../contract/index.ts';

export const useDetail = create<{ detail: PackageDetail | null }>()(() => ({ detail: null }));
