// The contract in one import.
export * from './connectivity.ts';
export * from './domain.ts';
export * from './errors.ts';
export * from './figures.ts';
export * from './program-update.ts';
export * from './router.ts';
export * from './supervision.ts';
export * from './table.ts';
