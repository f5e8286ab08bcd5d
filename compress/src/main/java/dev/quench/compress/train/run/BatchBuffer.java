// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.run;

import dev.quench.compress.train.libtorch.Device;
import dev.quench.compress.train.libtorch.NativeFloats;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/// Copies samples to the tensors of a batch and augments them. Images are stored channels-last, the
/// fastest layout of libtorch.
public final class BatchBuffer implements AutoCloseable {
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

  private final Samples samples;
  private final int capacity;
  private final Device device;
  private final int sampleSize;
  private final Tensor values;
  private final Tensor labels;
  private final MemorySegment valueMemory;
  private final MemorySegment labelMemory;

  /// For the processor.
  public BatchBuffer(Samples samples, int capacity) {
    this(samples, capacity, Device.CPU);
  }

  @SuppressWarnings("restricted")
  public // documented: needs --enable-native-access
  BatchBuffer(Samples samples, int capacity, Device device) {
    this.samples = samples;
    this.device = device;
    this.capacity = capacity;
    this.sampleSize = samples.values(0).length;
    this.values = NativeFloats.zeros((long) capacity * sampleSize);
    this.labels =
        torch.zeros(new long[] {capacity}, new TensorOptions(ScalarType.Long)).retainReference();
    this.valueMemory = NativeFloats.memory(values);
    this.labelMemory =
        MemorySegment.ofAddress(labels.data_ptr().address()).reinterpret(8L * capacity);
  }

  /// Fills the buffer with samples without augmentation.
  ///
  /// @param order sample indices; the batch is `order[from] … order[from + count − 1]`
  public void fill(int[] order, int from, int count) {
    for (int i = 0; i < count; i++) {
      put(i, order[from + i], 0, 0, false);
    }
  }

  /// Fills the buffer with augmented samples.
  public void fill(
      int[] order, int from, int count, Augmentation augmentation, SplittableRandom random) {
    int shift = augmentation.shift();
    for (int i = 0; i < count; i++) {
      int down = shift == 0 ? 0 : random.nextInt(-shift, shift + 1);
      int right = shift == 0 ? 0 : random.nextInt(-shift, shift + 1);
      boolean flip = augmentation.flip() && random.nextBoolean();
      put(i, order[from + i], down, right, flip);
    }
  }

  /// The first `count` samples of the buffer, `[count, …]`; a view that belongs to the caller's
  /// pointer scope.
  public Tensor values(int count) {
    if (count > capacity) {
      throw new IllegalArgumentException("got " + count + " samples, expected at most " + capacity);
    }
    long[] sizes = samples.sizes();
    long[] shape = new long[sizes.length + 1];
    shape[0] = count;
    System.arraycopy(sizes, 0, shape, 1, sizes.length);
    if (!samples.areImages()) {
      return placed(values.narrow(0, 0, (long) count * sampleSize).view(shape));
    }
    long channels = sizes[0];
    return placed(values.as_strided(shape, sampleSize, 1, sizes[2] * channels, channels));
  }

  private Tensor placed(Tensor batch) {
    return device.place(batch, ScalarType.Float);
  }

  /// The labels of the first `count` samples, INT64 `[count]`.
  public Tensor labels(int count) {
    return device.place(labels.narrow(0, 0, count), ScalarType.Long);
  }

  private void put(int at, int sample, int down, int right, boolean flip) {
    labelMemory.set(LONG, 8L * at, samples.label(sample));
    float[] image = samples.values(sample);
    long start = (long) at * sampleSize;
    if (!samples.areImages()) {
      MemorySegment.copy(image, 0, valueMemory, FLOAT, 4 * start, image.length);
      return;
    }
    long[] sizes = samples.sizes();
    int channels = (int) sizes[0];
    int height = (int) sizes[1];
    int width = (int) sizes[2];
    for (int c = 0; c < channels; c++) {
      float background = samples.background(c);
      for (int row = 0; row < height; row++) {
        int fromRow = row - down;
        boolean rowInside = fromRow >= 0 && fromRow < height;
        for (int column = 0; column < width; column++) {
          int fromColumn = (flip ? width - 1 - column : column) - right;
          boolean inside = rowInside && fromColumn >= 0 && fromColumn < width;
          float value = inside ? image[(c * height + fromRow) * width + fromColumn] : background;
          valueMemory.set(FLOAT, 4 * (start + ((long) row * width + column) * channels + c), value);
        }
      }
    }
  }

  @Override
  public void close() {
    labels.close();
    values.close();
  }
}
