// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

/// `AttributeProto.AttributeType` on the wire.
enum AttributeType {
  FLOAT(1),
  INT(2),
  STRING(3),
  TENSOR(4),
  GRAPH(5),
  FLOATS(6),
  INTS(7),
  STRINGS(8),
  TENSORS(9),
  GRAPHS(10),
  SPARSE_TENSOR(11),
  SPARSE_TENSORS(12),
  TYPE(13),
  TYPES(14);

  private final int code;

  AttributeType(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }
}
