/** The form of a word that goes with n. */
export const plural = (n: number, one: string, other: string): string => (n === 1 ? one : other);
