/** Fixes which files the published weights are, so that no other file passes for them. */

/** A version of a published file. A hash that is not known is not made up: what was downloaded first is recorded instead. */
export interface Pin {
  /** Commit of its repository. */
  readonly revision: string;
  /** SHA-256 of the content as hex. */
  readonly sha256: string;
  /** In bytes. */
  readonly size?: number;
}

/** By repository. */
export const PINS: Readonly<Record<string, Pin>> = {
  "timm/resnet18.tv_in1k": {
    revision: "bbd144b3e5565108aad885f145491d11bc6ce807",
    sha256: "694f673df6520a3158624e8a89af086f59923ee4cd7436fe5bc3bc71d295ad81",
    size: 46_807_446,
  },
  "timm/resnet34.tv_in1k": {
    revision: "1b7b21cca82ff974d341713f777bf740c2db38c4",
    sha256: "0bb82595a564991a9d424708b33f5d843f5aaed7f6c0886ff10849ff97022235",
    size: 87_278_522,
  },
  "timm/resnet50.tv_in1k": {
    revision: "78f3ecfdb38e06d9b8397f662e7ab8fee96026fa",
    sha256: "5d061a3c593d795bfe682d9b152bafbcf550579873492def3515b46db1189888",
    size: 102_469_840,
  },
  "timm/vgg16.tv_in1k": {
    revision: "b8d8aa2dd860af9233c8c67385a8097fd6c35d3f",
    sha256: "57b026918159a6bf9faf8405c3a551903768e7138989d9c6224a14227203fad8",
  },
  "timm/mobilenetv2_100.ra_in1k": {
    revision: "5afa12513b048c79b9147a5d210e9bdc50035481",
    sha256: "55ea4fb3a96010b933710ebf44fc965b070d5cd054d3f35e44f2d1320b4a714e",
    size: 14_184_144,
  },
};
