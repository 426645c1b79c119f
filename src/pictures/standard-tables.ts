/** The Huffman tables for JPEG files that bring none, such as frames of Motion JPEG. */
import { type HuffmanTable, huffmanTable } from "./huffman.ts";

/**
 * The typical tables of ITU-T T.81, annex K.3, which every decoder knows: as hex, the numbers of codes of 1 to 16 bits, then the symbols. DC
 * for luminance and chrominance, then AC for both.
 */
const DC_LUMINANCE = "00010501010101010100000000000000000102030405060708090a0b";
const DC_CHROMINANCE = "00030101010101010101010000000000000102030405060708090a0b";
const AC_LUMINANCE =
  "0002010303020403050504040000017d01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a16" +
  "1718191a25262728292a3435363738393a434445464748494a535455565758595a636465666768696a737475767778797a83848586878889" +
  "8a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9ea" +
  "f1f2f3f4f5f6f7f8f9fa";
const AC_CHROMINANCE =
  "00020102040403040705040400010277000102031104052131061241510761711322328108144291a1b1c109233352f0156272d10a162434" +
  "e125f11718191a262728292a35363738393a434445464748494a535455565758595a636465666768696a737475767778797a828384858687" +
  "88898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9" +
  "eaf2f3f4f5f6f7f8f9fa";

/** By class (0: DC, 1: AC) * 4 + destination, as a scan names them. */
export const STANDARD_TABLES: Readonly<Record<number, () => HuffmanTable>> = {
  0: () => build(DC_LUMINANCE),
  1: () => build(DC_CHROMINANCE),
  4: () => build(AC_LUMINANCE),
  5: () => build(AC_CHROMINANCE),
};

function build(hex: string): HuffmanTable {
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
  return huffmanTable(bytes.subarray(0, 16), bytes.subarray(16));
}
