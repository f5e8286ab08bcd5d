// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.quench.xnor.cuda.BinaryKernel;
import dev.quench.xnor.cuda.CudaException;
import dev.quench.xnor.cuda.PackedBits;
import dev.quench.xnor.cuda.Thresholds;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// One product of two square matrices of signs against cuBLAS, with and without packing the
/// operands, to sums and to signs.
///
/// Before it is timed, a product is compared: rows from the first to the last with the CPU, and all
/// of it with the first that was right there.
final class SquareProduct {
  private static final int COMPARED_ROWS = 16;

  private final Laboratory laboratory;
  private final Device device;
  private final int side;
  private final SignMatrix left;
  private final SignMatrix right;
  private final PackedBits packedLeft;
  private final PackedBits packedRight;
  private int @Nullable [] whole;

  SquareProduct(Laboratory laboratory, int side) {
    SplittableRandom random = new SplittableRandom(1);
    this.laboratory = laboratory;
    this.device = laboratory.device();
    this.side = side;
    this.left = SignMatrix.random(random, side, side);
    this.right = SignMatrix.random(random, side, side);
    this.packedLeft = left.packed();
    this.packedRight = right.packed();
  }

  static String work(int side) {
    return "product %dx%dx%d".formatted(side, side, side);
  }

  /// @return whether all was measured
  boolean measure(
      List<BinaryKernel> kernels, Contest.Effort effort, ArrayNode results, Runnable flush) {
    double operations = 2.0 * side * side * side;
    try (Scope scope = new Scope()) {
      Contest contest = new Contest(laboratory, work(side), results, flush);
      contest.add("cuBLAS FP32", operations, () -> fp32(scope));
      contest.add("cuBLAS INT8", operations, () -> int8(scope));
      DeviceBits input = scope.own(DeviceBits.tiles(device, side, side));
      Packing packing = packing(scope, input, left);
      Packing packingSecond =
          packing(scope, scope.own(DeviceBits.tiles(device, side, side)), right);
      contest.add("packing one operand", 0, () -> packing::run);
      for (BinaryKernel kernel : kernels) {
        Binary binary = new Binary(scope, kernel, input);
        contest.add(kernel.name(), operations, binary::product);
        contest.add(kernel + ", signs by thresholds", operations, binary::signs);
        contest.add(
            kernel + ", packing input", operations, () -> inTurn(packing::run, binary.product()));
        contest.add(
            kernel + ", packing both",
            operations,
            () -> inTurn(packing::run, packingSecond::run, binary.product()));
      }
      contest.run(effort, 1);
      return !contest.hasFailed();
    }
  }

  private Runnable fp32(Scope scope) {
    DeviceBuffer sums = scope.own(device.allocate(4L * side * side));
    Runnable product =
        laboratory
            .reference()
            .fp32(left.floats(device, scope), right.floats(device, scope), sums, side, side, side);
    product.run();
    int[] received = read(sums);
    for (int i = 0; i < received.length; i++) {
      received[i] = (int) Float.intBitsToFloat(received[i]);
    }
    requireRight("cuBLAS FP32", received);
    return product;
  }

  private Runnable int8(Scope scope) {
    DeviceBuffer sums = scope.own(device.allocate(4L * side * side));
    Runnable product =
        laboratory
            .reference()
            .int8(
                left.bytes(device, scope, side),
                right.bytes(device, scope, side),
                sums,
                side,
                side,
                side);
    product.run();
    requireRight("cuBLAS INT8", read(sums));
    return product;
  }

  private Packing packing(Scope scope, DeviceBits target, SignMatrix matrix) {
    Packing packing = scope.own(new Packing(device, target));
    packing.write(matrix.values());
    packing.run();
    return packing;
  }

  private static Runnable inTurn(Runnable... steps) {
    return () -> {
      for (Runnable step : steps) {
        step.run();
      }
    };
  }

  /// One kernel's products, made when they are first asked for.
  private final class Binary {
    private final Scope scope;
    private final BinaryKernel kernel;
    private final DeviceBits input;
    private @Nullable DeviceWeights weights;
    private @Nullable Runnable product;

    Binary(Scope scope, BinaryKernel kernel, DeviceBits input) {
      this.scope = scope;
      this.kernel = kernel;
      this.input = input;
    }

    private DeviceWeights weights() {
      if (weights == null) {
        weights = scope.own(DeviceWeights.dense(device, kernel, packedRight));
      }
      return weights;
    }

    Runnable product() {
      if (product == null) {
        Output sums = scope.own(Output.sums(device, side, side));
        Runnable made = scope.own(Product.gemm(device, kernel, input, weights(), sums))::run;
        made.run();
        requireRight(kernel.name(), read(sums.sums));
        product = made;
      }
      return product;
    }

    Runnable signs() {
      Thresholds thresholds = NaiveProducts.thresholds(new SplittableRandom(2), side);
      DeviceBits bits = scope.own(DeviceBits.tiles(device, side, side));
      Output output = scope.own(Output.bits(device, bits, thresholds));
      Product made = scope.own(Product.gemm(device, kernel, input, weights(), output));
      made.run();
      PackedBits received = bits.read();
      for (int i = 0; i < COMPARED_ROWS; i++) {
        int row = comparedRow(i);
        int[] sums = SignMatrix.productOfRow(packedLeft, row, packedRight);
        for (int column = 0; column < side; column++) {
          if (received.isNegative(row, column) != thresholds.isNegative(column, sums[column])) {
            throw new CudaException(
                "%s gives the wrong sign in row %d, column %d".formatted(kernel, row, column));
          }
        }
      }
      return made::run;
    }
  }

  private int comparedRow(int i) {
    return (int) ((long) i * (side - 1) / (COMPARED_ROWS - 1));
  }

  private int[] read(@Nullable DeviceBuffer sums) {
    if (sums == null) {
      throw new IllegalArgumentException("the output holds signs, not sums");
    }
    int[] received = new int[Math.multiplyExact(side, side)];
    device.read(sums, received);
    return received;
  }

  private void requireRight(String name, int[] received) {
    for (int i = 0; i < COMPARED_ROWS; i++) {
      int row = comparedRow(i);
      int[] expected = SignMatrix.productOfRow(packedLeft, row, packedRight);
      int start = row * side;
      int column = Arrays.mismatch(expected, 0, side, received, start, start + side);
      if (column >= 0) {
        throw wrong(name, row, column, received[start + column], expected[column], "the CPU");
      }
    }
    int[] first = whole;
    if (first == null) {
      whole = received;
      return;
    }
    int place = Arrays.mismatch(first, received);
    if (place >= 0) {
      throw wrong(
          name, place / side, place % side, received[place], first[place], "another product");
    }
  }

  private static CudaException wrong(
      String name, int row, int column, int received, int expected, String by) {
    return new CudaException(
        "%s gives %d in row %d, column %d, %s %d"
            .formatted(name, received, row, column, by, expected));
  }
}
