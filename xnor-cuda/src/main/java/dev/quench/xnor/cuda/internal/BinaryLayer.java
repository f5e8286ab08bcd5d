// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import dev.quench.xnor.cuda.PackedBits;
import dev.quench.xnor.cuda.Thresholds;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A binary layer with fixed weights on a device: input, weights, output and the kernel launches
/// between them.
public final class BinaryLayer implements AutoCloseable {
  private final Device device;
  private final String name;
  private final DeviceBits input;
  private final Output output;
  private final @Nullable DeviceBits signs;
  private final Product product;
  private final int sums;
  private final Scope scope = new Scope();
  private @Nullable Packing packing;
  private boolean closed;

  /// Creates the parts of a layer; each call creates a new object, which the layer then owns.
  public interface Parts {
    DeviceBits input();

    DeviceWeights weights();

    /// Called only if the layer has thresholds.
    DeviceBits signs();

    int rows();

    int columns();

    Product product(DeviceBits input, DeviceWeights weights, Output output);
  }

  /// @param name for messages
  /// @param thresholds null for a layer that outputs sums
  public BinaryLayer(Device device, String name, Parts parts, @Nullable Thresholds thresholds) {
    this.device = device;
    this.name = name;
    this.sums = Math.multiplyExact(parts.rows(), parts.columns());
    try {
      input = scope.own(parts.input());
      DeviceWeights weights = scope.own(parts.weights());
      signs = thresholds == null ? null : scope.own(parts.signs());
      output =
          scope.own(
              signs == null || thresholds == null
                  ? Output.sums(device, parts.rows(), parts.columns())
                  : Output.bits(device, signs, thresholds));
      product = scope.own(parts.product(input, weights, output));
    } catch (RuntimeException e) {
      scope.close();
      throw e;
    }
  }

  public int[] sums(float[] values) {
    return with(values, this::readSums);
  }

  public int[] sums(PackedBits bits) {
    return with(bits, this::readSums);
  }

  public PackedBits signs(float[] values) {
    return with(values, this::readSigns);
  }

  public PackedBits signs(PackedBits bits) {
    return with(bits, this::readSigns);
  }

  private <T> T with(float[] values, Supplier<T> result) {
    requireOpen();
    Packing chosen = packing;
    if (chosen == null) {
      chosen = scope.own(new Packing(device, input));
      packing = chosen;
    }
    chosen.write(values);
    chosen.run();
    chosen.requireNumbers();
    product.run();
    return result.get();
  }

  private <T> T with(PackedBits bits, Supplier<T> result) {
    requireOpen();
    input.write(bits);
    product.run();
    return result.get();
  }

  private int[] readSums() {
    DeviceBuffer buffer = output.sums;
    if (buffer == null) {
      throw new IllegalStateException(name + " has thresholds: it outputs signs, not sums");
    }
    int[] read = new int[sums];
    device.read(buffer, read);
    return read;
  }

  private PackedBits readSigns() {
    if (signs == null) {
      throw new IllegalStateException(name + " has no thresholds: it outputs sums, not signs");
    }
    return signs.read();
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException(name + " is closed");
    }
  }

  @Override
  public void close() {
    closed = true;
    scope.close();
  }
}
