import { describe, expect, test } from "vitest";
import type { InputSpec } from "../../src/faces/all.ts";
import { type SettingsTexts, settingsChange, settingsTexts } from "../../src/page/input-settings.ts";

const input: InputSpec = {
  ...{ height: 224, width: 224, channels: "rgb", resize: "crop", share: 224 / 232, filter: "bilinear" },
  ...{ mean: [0.485, 0.456, 0.406], deviation: [127 / 255, 127 / 255, 127 / 255] },
};
const now = { input, outputs: "softmax" } as const;
const texts = settingsTexts(now);
const change = (given: Partial<SettingsTexts>) => settingsChange({ ...texts, ...given }, now);

describe("the form with how a classifier takes photos", () => {
  test("shows what is in use, numbers without what rounding adds", () => {
    expect(texts).toEqual({
      ...{ size: "224", channels: "rgb", resize: "crop", share: "0.965517", filter: "bilinear" },
      ...{ mean: "0.485, 0.456, 0.406", deviation: "0.498039", outputs: "softmax" },
    });
    expect(settingsTexts({ ...now, input: { ...input, height: 48, width: 192 } }).size).toBe("48 x 192");
  });

  test.for<[string, Partial<SettingsTexts>, object]>([
    ["nothing where nobody touched anything", {}, {}],
    ["nothing where the same is said otherwise", { size: "224x224", mean: ".485 .456 .406" }, {}],
    ["a size of one number", { size: " 96 " }, { input: { height: 96, width: 96 } }],
    ["a size, height first", { size: "48x192" }, { input: { height: 48, width: 192 } }],
    ["a size with the sign of multiplication", { size: "48 × 192" }, { input: { height: 48, width: 192 } }],
    ["choices", { channels: "bgr", filter: "bicubic" }, { input: { channels: "bgr", filter: "bicubic" } }],
    ["a share", { share: "1" }, { input: { share: 1 } }],
    ["no share of what is squashed", { resize: "squash", share: "7" }, { input: { resize: "squash" } }],
    ["one mean for all", { mean: "0.5" }, { input: { mean: [0.5, 0.5, 0.5] } }],
    ["three deviations", { deviation: "0.229,0.224, 0.225" }, { input: { deviation: [0.229, 0.224, 0.225] } }],
    ["outputs alone", { outputs: "sigmoid" }, { outputs: "sigmoid" }],
  ])("asks for %s", ([, given, expected]) => {
    expect(change(given)).toEqual(expected);
  });

  test.for<[Partial<SettingsTexts>, string, RegExp]>([
    [{ size: "" }, "size", /^Give HEIGHT x WIDTH in pixels/],
    [{ size: "0" }, "size", /HEIGHT/],
    [{ size: "48 x" }, "size", /HEIGHT/],
    [{ size: "12345" }, "size", /HEIGHT/],
    [{ share: "0" }, "share", /above 0 and up to 1/],
    [{ share: "1.5" }, "share", /above 0 and up to 1/],
    [{ mean: "123.7, 116.3, 103.5" }, "mean", /divide them by 255/],
    [{ mean: "0.5, 0.5" }, "mean", /three numbers/],
    [{ mean: "0.5, , 0.5" }, "mean", /three numbers/],
    [{ deviation: "0, 1, 1" }, "deviation", /above 0/],
  ])("says what is wrong with %o", ([given, field, text]) => {
    expect(change(given)).toEqual({ field, text: expect.stringMatching(text) });
  });
});
