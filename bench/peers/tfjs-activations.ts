/** Activations as TensorFlow.js has them: in its fused operators, or as one to a few operators. */
import * as tf from "@tensorflow/tfjs-core";
import type { Activation } from "../../src/graph/graph.ts";

type FusedActivation = Pick<Parameters<typeof tf.fused.conv2d>[0], "activation" | "leakyreluAlpha">;

/** What its fused operators are told; undefined for what they cannot do. */
export function fusedActivation(activation: Activation): FusedActivation | undefined {
  if (activation === "relu" || activation === "relu6" || activation === "sigmoid") return { activation };
  if (typeof activation === "string") return undefined;
  if (activation.name === "leakyRelu") return { activation: "leakyrelu", leakyreluAlpha: activation.slope };
  return isElu(activation) ? { activation: "elu" } : undefined;
}

/** Its ELU has an alpha of 1. */
const isElu = (activation: Activation) => typeof activation !== "string" && activation.name === "elu" && activation.alpha === 1;

/** Whether it has operators for it. */
export const hasActivation = (activation: Activation | undefined): boolean =>
  typeof activation !== "object" || activation.name !== "elu" || isElu(activation);

export function activate(x: tf.Tensor, activation: Activation | undefined): tf.Tensor {
  switch (activation) {
    case undefined:
      return x;
    case "relu":
      return tf.relu(x);
    case "relu6":
      return tf.relu6(x);
    case "sigmoid":
      return tf.sigmoid(x);
    case "tanh":
      return tf.tanh(x);
    case "silu":
      return tf.mul(x, tf.sigmoid(x));
    case "hardSigmoid":
      return hardSigmoid(x);
    case "hardSwish":
      return tf.mul(x, hardSigmoid(x));
    case "gelu":
      return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
    case "geluTanh": {
      const inner = tf.mul(tf.add(x, tf.mul(tf.mul(tf.mul(x, x), x), 0.044715)), Math.sqrt(2 / Math.PI));
      return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1));
    }
    case "mish":
      return tf.mul(x, tf.tanh(tf.softplus(x)));
    default:
      return activateWith(x, activation);
  }
}

const hardSigmoid = (x: tf.Tensor) => tf.mul(tf.relu6(tf.add(x, 3)), 1 / 6);

function activateWith(x: tf.Tensor, activation: Extract<Activation, { name: string }>): tf.Tensor {
  switch (activation.name) {
    case "clip":
      return tf.clipByValue(x, activation.low, activation.high);
    case "leakyRelu":
      return tf.leakyRelu(x, activation.slope);
    case "elu":
      return tf.elu(x);
    case "hardSigmoid":
      return tf.clipByValue(tf.add(tf.mul(x, activation.slope), activation.offset), 0, 1);
  }
}
