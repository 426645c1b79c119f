/**
 * What a classifier's outputs mean. softmax: logits of classes that exclude each other. sigmoid: a logit for each class by itself. logits:
 * scores that are taken as they are.
 */
export const OUTPUTS = ["softmax", "sigmoid", "logits"] as const;

export type Outputs = (typeof OUTPUTS)[number];
