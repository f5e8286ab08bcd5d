// SPDX-License-Identifier: Apache-2.0
package dev.quench.tensor;

/// A tensor given by its non-zero elements, as ONNX `SparseTensorProto`.
///
/// @param values `[nnz]` elements
/// @param indices INT64, `[nnz]` linearized or `[nnz, rank]` coordinates
/// @param shape static shape of the dense tensor
public record SparseTensor(Tensor values, Tensor indices, Shape shape) {}
