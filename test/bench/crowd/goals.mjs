// stub
export const listGoals = () => {};
export const runGoals = () => false;
