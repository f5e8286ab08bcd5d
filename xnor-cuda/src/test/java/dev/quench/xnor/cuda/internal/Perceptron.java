// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.quench.xnor.cuda.BinaryKernel;
import dev.quench.xnor.cuda.CudaException;
import dev.quench.xnor.cuda.PackedBits;
import dev.quench.xnor.cuda.Thresholds;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.function.Supplier;

/// A perceptron of binary layers against the same products by cuBLAS, launched one by one and as
/// one CUDA graph.
///
/// Binary packs the input and applies thresholds between the layers; FP32 and INT8 do the products
/// alone, each on signs. The binary result is compared with the CPU's first.
final class Perceptron {
  private static final int RUNS = 20;

  /// What cuBLAS needs of leading dimensions of bytes.
  private static final int INT8_MULTIPLE = 16;

  private final Laboratory laboratory;
  private final Device device;
  private final int[] widths;
  private final int batch;
  private final SignMatrix input;
  private final List<SignMatrix> weights = new ArrayList<>();
  private final List<PackedBits> packedWeights = new ArrayList<>();

  /// @param widths of the input and of each layer's output
  Perceptron(Laboratory laboratory, int[] widths, int batch) {
    SplittableRandom random = new SplittableRandom(3);
    this.laboratory = laboratory;
    this.device = laboratory.device();
    this.widths = widths.clone();
    this.batch = batch;
    this.input = SignMatrix.random(random, batch, widths[0]);
    for (int layer = 1; layer < widths.length; layer++) {
      SignMatrix matrix = SignMatrix.random(random, widths[layer], widths[layer - 1]);
      weights.add(matrix);
      packedWeights.add(matrix.packed());
    }
  }

  static String work(int[] widths, int batch) {
    return "perceptron "
        + String.join("-", Arrays.stream(widths).mapToObj(Integer::toString).toList())
        + ", batch "
        + batch;
  }

  /// @return whether all was measured
  boolean measure(
      List<BinaryKernel> kernels, Contest.Effort effort, ArrayNode results, Runnable flush) {
    double operations = 0;
    for (SignMatrix matrix : weights) {
      operations += 2.0 * batch * matrix.rows() * matrix.columns();
    }
    try (Scope scope = new Scope()) {
      Contest contest = new Contest(laboratory, work(widths, batch), results, flush);
      addTwice(contest, "cuBLAS FP32", operations, () -> products(layer -> fp32(scope, layer)));
      addTwice(contest, "cuBLAS INT8", operations, () -> products(layer -> int8(scope, layer)));
      for (BinaryKernel kernel : kernels) {
        addTwice(contest, kernel.name(), operations, () -> binary(scope, kernel));
      }
      contest.run(effort, effort.warmUps() == 0 ? 1 : RUNS);
      return !contest.hasFailed();
    }
  }

  private void addTwice(
      Contest contest, String name, double operations, Supplier<Runnable> preparation) {
    contest.add(name, operations, preparation);
    contest.add(
        name + ", as a graph",
        operations,
        () -> {
          Runnable work = preparation.get();
          // A library's first call may do what a graph cannot hold.
          laboratory.millis(work, 1);
          return laboratory.graph(work);
        });
  }

  private Runnable products(Function<Integer, Runnable> product) {
    List<Runnable> steps = new ArrayList<>();
    for (int layer = 0; layer < weights.size(); layer++) {
      steps.add(product.apply(layer));
    }
    return () -> steps.forEach(Runnable::run);
  }

  private SignMatrix inputOf(int layer) {
    return layer == 0
        ? input
        : SignMatrix.random(new SplittableRandom(layer), batch, widths[layer]);
  }

  private Runnable fp32(Scope scope, int layer) {
    DeviceBuffer sums = scope.own(device.allocate(4L * batch * widths[layer + 1]));
    return laboratory
        .reference()
        .fp32(
            inputOf(layer).floats(device, scope),
            weights.get(layer).floats(device, scope),
            sums,
            batch,
            widths[layer + 1],
            widths[layer]);
  }

  private Runnable int8(Scope scope, int layer) {
    int columns = Math.ceilDiv(widths[layer + 1], INT8_MULTIPLE) * INT8_MULTIPLE;
    DeviceBuffer sums = scope.own(device.allocate(4L * batch * columns));
    return laboratory
        .reference()
        .int8(
            inputOf(layer).bytes(device, scope, batch),
            weights.get(layer).bytes(device, scope, columns),
            sums,
            batch,
            columns,
            widths[layer]);
  }

  private Runnable binary(Scope scope, BinaryKernel kernel) {
    DeviceBits bits = scope.own(DeviceBits.tiles(device, batch, widths[0]));
    Packing packing = scope.own(new Packing(device, bits));
    packing.write(input.values());
    List<Runnable> steps = new ArrayList<>();
    steps.add(packing::run);
    int last = weights.size() - 1;
    for (int layer = 0; layer < last; layer++) {
      DeviceBits next = scope.own(DeviceBits.tiles(device, batch, widths[layer + 1]));
      Output signs = scope.own(Output.bits(device, next, thresholds(layer)));
      steps.add(product(scope, kernel, layer, bits, signs));
      bits = next;
    }
    Output output = scope.own(Output.sums(device, batch, widths[last + 1]));
    steps.add(product(scope, kernel, last, bits, output));
    steps.forEach(Runnable::run);
    requireRight(kernel, output);
    return () -> steps.forEach(Runnable::run);
  }

  private Runnable product(
      Scope scope, BinaryKernel kernel, int layer, DeviceBits bits, Output output) {
    DeviceWeights onDevice =
        scope.own(DeviceWeights.dense(device, kernel, packedWeights.get(layer)));
    return scope.own(Product.gemm(device, kernel, bits, onDevice, output))::run;
  }

  private Thresholds thresholds(int layer) {
    return NaiveProducts.thresholds(new SplittableRandom(layer), widths[layer + 1]);
  }

  private void requireRight(BinaryKernel kernel, Output output) {
    int columns = widths[widths.length - 1];
    int[] received = new int[batch * columns];
    device.read(output.sums, received);
    PackedBits packed = input.packed();
    for (int row = 0; row < batch; row++) {
      int[] expected = onCpu(packed, row);
      int start = row * columns;
      if (!Arrays.equals(expected, 0, columns, received, start, start + columns)) {
        throw new CudaException(
            "%s gives %s in row %d, the CPU %s"
                .formatted(
                    kernel,
                    Arrays.toString(Arrays.copyOfRange(received, start, start + columns)),
                    row,
                    Arrays.toString(expected)));
      }
    }
  }

  private int[] onCpu(PackedBits packed, int row) {
    int[] sums = SignMatrix.productOfRow(packed, row, packedWeights.getFirst());
    for (int layer = 1; layer < weights.size(); layer++) {
      PackedBits signs = NaiveProducts.signs(sums, 1, thresholds(layer - 1));
      sums = SignMatrix.productOfRow(signs, 0, packedWeights.get(layer));
    }
    return sums;
  }
}
