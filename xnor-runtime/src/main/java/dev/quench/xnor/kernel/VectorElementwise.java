// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

import static dev.quench.xnor.kernel.VectorKernel.FLOATS;
import static dev.quench.xnor.kernel.VectorKernel.LENGTH;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LT;

import jdk.incubator.vector.FloatVector;

/// Combines two rows of floats elementwise. C2 does not vectorize plain loops of this form, because
/// it cannot tell whether the result overlaps an operand.
final class VectorElementwise {
  private VectorElementwise() {}

  static void multiply(
      float[] left, int leftAt, float[] right, int rightAt, float[] out, int outAt, int length) {
    for (int i = 0; i < length; i += LENGTH) {
      FloatVector.fromArray(FLOATS, left, leftAt + i)
          .mul(FloatVector.fromArray(FLOATS, right, rightAt + i))
          .intoArray(out, outAt + i);
    }
  }

  static void add(
      float[] left, int leftAt, float[] right, int rightAt, float[] out, int outAt, int length) {
    for (int i = 0; i < length; i += LENGTH) {
      FloatVector.fromArray(FLOATS, left, leftAt + i)
          .add(FloatVector.fromArray(FLOATS, right, rightAt + i))
          .intoArray(out, outAt + i);
    }
  }

  static void maximum(
      float[] left, int leftAt, float[] right, int rightAt, float[] out, int outAt, int length) {
    for (int i = 0; i < length; i += LENGTH) {
      FloatVector values = FloatVector.fromArray(FLOATS, left, leftAt + i);
      FloatVector operands = FloatVector.fromArray(FLOATS, right, rightAt + i);
      values.blend(operands, operands.compare(GT, values)).intoArray(out, outAt + i);
    }
  }

  static void minimum(
      float[] left, int leftAt, float[] right, int rightAt, float[] out, int outAt, int length) {
    for (int i = 0; i < length; i += LENGTH) {
      FloatVector values = FloatVector.fromArray(FLOATS, left, leftAt + i);
      FloatVector operands = FloatVector.fromArray(FLOATS, right, rightAt + i);
      values.blend(operands, operands.compare(LT, values)).intoArray(out, outAt + i);
    }
  }

  static void leakyRelu(
      float[] left, int leftAt, float[] right, int rightAt, float[] out, int outAt, int length) {
    for (int i = 0; i < length; i += LENGTH) {
      FloatVector values = FloatVector.fromArray(FLOATS, left, leftAt + i);
      FloatVector products = values.mul(FloatVector.fromArray(FLOATS, right, rightAt + i));
      values.blend(products, values.compare(LT, 0)).intoArray(out, outAt + i);
    }
  }
}
