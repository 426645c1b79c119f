/**
 * Which generation of results this code computes. Raise it with every change that alters maps or scores by more than rounding: results of
 * other generations are never mixed with new ones. A test compares every method with stored numbers and fails where this was forgotten.
 */
export const RESULTS = 1;
