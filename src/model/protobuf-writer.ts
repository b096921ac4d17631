/**
 * Writes protobuf's wire format: enough of it for ONNX. A message is built by appending fields in the order wanted;
 * the same calls give the same bytes.
 */
export class ProtobufWriter {
  readonly #parts: Uint8Array[] = [];
  #bytes = 0;

  /** int32, int64, enum: negative numbers take ten bytes, as in every protobuf implementation. */
  int(field: number, value: number | bigint): this {
    return this.#append(varint(BigInt(field) << 3n), varint(BigInt.asUintN(64, BigInt(value))));
  }

  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.#append(varint((BigInt(field) << 3n) | 5n), bytes);
  }

  bytes(field: number, value: Uint8Array): this {
    return this.#append(varint((BigInt(field) << 3n) | 2n), varint(BigInt(value.byteLength)), value);
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  message(field: number, value: ProtobufWriter): this {
    return this.bytes(field, value.finish());
  }

  finish(): Uint8Array {
    const result = new Uint8Array(this.#bytes);
    let offset = 0;
    for (const part of this.#parts) {
      result.set(part, offset);
      offset += part.byteLength;
    }
    return result;
  }

  #append(...parts: Uint8Array[]): this {
    for (const part of parts) {
      this.#parts.push(part);
      this.#bytes += part.byteLength;
    }
    return this;
  }
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
