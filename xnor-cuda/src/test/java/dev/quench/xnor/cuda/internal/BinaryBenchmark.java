// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.QuenchException;
import dev.quench.run.Availability;
import dev.quench.xnor.cuda.BinaryKernel;
import dev.quench.xnor.cuda.CudaException;
import dev.quench.xnor.cuda.GpuDescription;
import dev.quench.xnor.cuda.PackedBits;
import dev.quench.xnor.cuda.Thresholds;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.cuda.global.cudart;

/// Times binary products against cuBLAS on the first GPU: one product of 8192³, with and without
/// packing its operands, and the perceptron 784-4096-4096-4096-10 of BinaryNet at batch 1 and 512.
/// Prints one JSON object.
///
/// FP32 and INT8 do the products of the perceptron alone; binary also packs the input and applies
/// thresholds between the layers. Every binary product is compared with cuBLAS INT8 first.
public final class BinaryBenchmark {
  private static final int SIDE = 8192;
  private static final int[] LAYERS = {784, 4096, 4096, 4096, 10};
  private static final int ROUNDS = 20;
  private static final int COMPARED_ROWS = 256;

  /// What cuBLAS needs of leading dimensions of bytes.
  private static final int INT8_MULTIPLE = 16;

  private final CudaDevice device;
  private final Cublas cublas;
  private final Stopwatch stopwatch;
  private final List<BinaryKernel> kernels;
  private final ObjectMapper mapper = new ObjectMapper();
  private final SplittableRandom random = new SplittableRandom(1);

  private BinaryBenchmark(CudaDevice device, Cublas cublas, Stopwatch stopwatch) {
    this.device = device;
    this.cublas = cublas;
    this.stopwatch = stopwatch;
    this.kernels = Arrays.stream(BinaryKernel.values()).filter(device::supports).toList();
  }

  public static void main(String[] arguments) throws Exception {
    try {
      System.out.println(run());
    } catch (QuenchException | LinkageError e) {
      System.err.println("binary benchmark: " + String.valueOf(e.getMessage()).replace('\n', ' '));
      System.exit(1);
    }
  }

  private static String run() throws Exception {
    if (CudaProbe.availability()
        instanceof Availability.Unavailable(String reason, String remedy)) {
      throw new CudaException("no GPU for binary kernels: " + reason + "; " + remedy);
    }
    try (CudaDevice device = CudaDevice.open();
        Cublas cublas = new Cublas(device);
        Stopwatch stopwatch = new Stopwatch(device)) {
      BinaryBenchmark benchmark = new BinaryBenchmark(device, cublas, stopwatch);
      ObjectNode result = benchmark.mapper.createObjectNode();
      result.set("environment", benchmark.environment());
      ArrayNode results = result.putArray("results");
      benchmark.square(results);
      benchmark.perceptron(results, 1);
      benchmark.perceptron(results, 512);
      return benchmark.mapper.writeValueAsString(result);
    }
  }

  private ObjectNode environment() {
    GpuDescription gpu = device.description();
    int[] runtime = new int[1];
    cudart.cudaRuntimeGetVersion(runtime);
    return mapper
        .createObjectNode()
        .put("gpu", gpu.name())
        .put("computeCapability", gpu.computeCapability())
        .put("multiprocessors", gpu.multiprocessors())
        .put("memoryBytes", gpu.memoryBytes())
        .put("driverCuda", gpu.driverCuda())
        .put("cudaRuntime", runtime[0] / 1000 + "." + runtime[0] % 1000 / 10)
        .put("nvrtc", gpu.compiler())
        .put("cublas", cublas.version())
        .put("java", Runtime.version().toString())
        .put("tensorCoreForm", device.prefersAnd() ? "and.popc" : "xor.popc");
  }

  private void square(ArrayNode results) {
    try (Scope scope = new Scope()) {
      float[] left = values(SIDE * SIDE);
      float[] right = values(SIDE * SIDE);
      PackedBits weights = PackedBits.of(right, SIDE, SIDE);
      List<Stopwatch.Contender> contenders = new ArrayList<>();

      DeviceBuffer sums = scope.own(device.allocate(4L * SIDE * SIDE));
      Runnable int8 = cublas.int8(bytes(scope, left), bytes(scope, right), sums, SIDE, SIDE, SIDE);
      contenders.add(new Stopwatch.Contender("cuBLAS INT8", int8));
      int[] expected = new int[COMPARED_ROWS * SIDE];
      int8.run();
      device.read(sums, expected);
      contenders.add(
          new Stopwatch.Contender(
              "cuBLAS FP32",
              cublas.fp32(floats(scope, left), floats(scope, right), sums, SIDE, SIDE, SIDE)));

      DeviceBits input = scope.own(DeviceBits.tiles(device, SIDE, SIDE));
      Packing packing = scope.own(new Packing(device, input));
      packing.write(left);
      packing.run();
      DeviceBits second = scope.own(DeviceBits.tiles(device, SIDE, SIDE));
      Packing packingSecond = scope.own(new Packing(device, second));
      packingSecond.write(right);
      contenders.add(new Stopwatch.Contender("packing one operand", packing::run));
      for (BinaryKernel kernel : kernels) {
        DeviceWeights onDevice = scope.own(DeviceWeights.dense(device, kernel, weights));
        Output output = scope.own(Output.sums(device, SIDE, SIDE));
        Product product = scope.own(Product.gemm(device, kernel, input, onDevice, output));
        product.run();
        requireEqual(kernel, expected, output);
        contenders.add(new Stopwatch.Contender(name(kernel), product::run));
        contenders.add(
            new Stopwatch.Contender(
                name(kernel) + ", packing input",
                () -> {
                  packing.run();
                  product.run();
                }));
        contenders.add(
            new Stopwatch.Contender(
                name(kernel) + ", packing both",
                () -> {
                  packing.run();
                  packingSecond.run();
                  product.run();
                }));
      }
      report(results, "product 8192x8192x8192", contenders, 1, 2.0 * SIDE * SIDE * SIDE);
    }
  }

  private void perceptron(ArrayNode results, int batch) {
    try (Scope scope = new Scope()) {
      List<float[]> weights = new ArrayList<>();
      double operations = 0;
      for (int layer = 1; layer < LAYERS.length; layer++) {
        weights.add(values(LAYERS[layer] * LAYERS[layer - 1]));
        operations += 2.0 * batch * LAYERS[layer] * LAYERS[layer - 1];
      }
      float[] input = values(batch * LAYERS[0]);
      List<Stopwatch.Contender> contenders = new ArrayList<>();
      List<Runnable> fp32 = new ArrayList<>();
      List<Runnable> int8 = new ArrayList<>();
      DeviceBuffer floats = floats(scope, input);
      DeviceBuffer bytes = bytes(scope, input);
      for (int layer = 1; layer < LAYERS.length; layer++) {
        int depth = LAYERS[layer - 1];
        int columns = LAYERS[layer];
        int padded = Math.ceilDiv(columns, INT8_MULTIPLE) * INT8_MULTIPLE;
        float[] layerWeights = weights.get(layer - 1);
        DeviceBuffer out = scope.own(device.allocate(4L * batch * columns));
        fp32.add(cublas.fp32(floats, floats(scope, layerWeights), out, batch, columns, depth));
        floats = out;
        DeviceBuffer intOut = scope.own(device.allocate(4L * batch * padded));
        int8.add(
            cublas.int8(
                bytes,
                bytes(scope, Arrays.copyOf(layerWeights, padded * depth)),
                intOut,
                batch,
                padded,
                depth));
        bytes = scope.own(device.allocate((long) batch * padded));
      }
      contenders.add(new Stopwatch.Contender("cuBLAS FP32", () -> fp32.forEach(Runnable::run)));
      contenders.add(new Stopwatch.Contender("cuBLAS INT8", () -> int8.forEach(Runnable::run)));
      int[] first = null;
      for (BinaryKernel kernel : kernels) {
        DeviceBits bits = scope.own(DeviceBits.tiles(device, batch, LAYERS[0]));
        Packing packing = scope.own(new Packing(device, bits));
        packing.write(input);
        List<Runnable> steps = new ArrayList<>();
        steps.add(packing::run);
        DeviceBuffer last = binaryLayers(scope, kernel, batch, weights, bits, steps);
        steps.forEach(Runnable::run);
        int[] sums = new int[batch * LAYERS[LAYERS.length - 1]];
        device.read(last, sums);
        if (first != null && !Arrays.equals(first, sums)) {
          throw new CudaException("the kernels differ in the perceptron's result");
        }
        first = sums;
        contenders.add(
            new Stopwatch.Contender(
                name(kernel) + ", packing input", () -> steps.forEach(Runnable::run)));
      }
      report(
          results, "perceptron 784-4096-4096-4096-10, batch " + batch, contenders, 20, operations);
    }
  }

  /// @return where the last layer's sums go
  private DeviceBuffer binaryLayers(
      Scope scope,
      BinaryKernel kernel,
      int batch,
      List<float[]> weights,
      DeviceBits input,
      List<Runnable> steps) {
    DeviceBits bits = input;
    Output output = null;
    for (int layer = 1; layer < LAYERS.length; layer++) {
      int columns = LAYERS[layer];
      DeviceWeights onDevice =
          scope.own(
              DeviceWeights.dense(
                  device,
                  kernel,
                  PackedBits.of(weights.get(layer - 1), columns, LAYERS[layer - 1])));
      DeviceBits next = null;
      if (layer == LAYERS.length - 1) {
        output = scope.own(Output.sums(device, batch, columns));
      } else {
        next = scope.own(DeviceBits.tiles(device, batch, columns));
        Thresholds atZero = new Thresholds(new int[columns], new boolean[columns]);
        output = scope.own(Output.bits(device, next, atZero));
      }
      Product product = scope.own(Product.gemm(device, kernel, bits, onDevice, output));
      steps.add(product::run);
      bits = next;
    }
    return output.sums;
  }

  private void requireEqual(BinaryKernel kernel, int[] expected, Output output) {
    int[] received = new int[expected.length];
    device.read(output.sums, received);
    int difference = Arrays.mismatch(expected, received);
    if (difference >= 0) {
      throw new CudaException(
          "%s gives %d for sum %d, cuBLAS INT8 %d"
              .formatted(kernel, received[difference], difference, expected[difference]));
    }
  }

  private void report(
      ArrayNode results,
      String work,
      List<Stopwatch.Contender> contenders,
      int runs,
      double operations) {
    for (Stopwatch.Timing timing : stopwatch.time(contenders, ROUNDS, runs)) {
      ObjectNode node =
          results
              .addObject()
              .put("work", work)
              .put("contender", timing.name())
              .put("medianMillis", timing.medianMillis())
              .put("leastMillis", timing.leastMillis());
      if (!timing.name().startsWith("packing")) {
        node.put("teraOperationsPerSecond", operations / timing.medianMillis() / 1e9);
      }
    }
  }

  private static String name(BinaryKernel kernel) {
    return switch (kernel) {
      case POPCOUNT -> "binary, popcount";
      case TENSOR_CORES -> "binary, tensor cores";
    };
  }

  private float[] values(int size) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = random.nextBoolean() ? 1 : -1;
    }
    return values;
  }

  private DeviceBuffer floats(Scope scope, float[] values) {
    DeviceBuffer buffer = scope.own(device.allocate((long) Float.BYTES * values.length));
    device.write(buffer, values);
    return buffer;
  }

  private DeviceBuffer bytes(Scope scope, float[] values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) values[i];
    }
    DeviceBuffer buffer = scope.own(device.allocate(bytes.length));
    device.write(buffer, bytes);
    return buffer;
  }
}
