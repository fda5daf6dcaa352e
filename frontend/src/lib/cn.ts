import { clsx, type ClassValue } from 'clsx';

/** Joins class names. Variants are made so that they do not contradict each other. */
export const cn = (...classes: ClassValue[]): string => clsx(classes);
