// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.train.libtorch.LibTorch;
import dev.quench.compress.train.libtorch.NativeFloats;
import dev.quench.compress.train.run.Augmentation;
import dev.quench.compress.train.run.BatchBuffer;
import dev.quench.compress.train.run.Samples;
import dev.quench.data.array.TensorDataset;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.Labels;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.global.torch.MemoryFormat;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class BatchBufferTest {
  @BeforeAll
  static void load() {
    LibTorch.require();
  }

  @Test
  void keepsImagesAsTheyAreInTheOrderGiven() throws IOException {
    float[] pixels = gaussian(3 * 2 * 4 * 5);
    Samples samples = samples(pixels, 3, 2, 4, 5);
    try (BatchBuffer buffer = new BatchBuffer(samples, 2);
        PointerScope _ = new PointerScope()) {
      buffer.fill(new int[] {0, 2, 1}, 1, 2);

      float[] batch = floats(buffer.values(2).contiguous());

      assertThat(Arrays.copyOf(batch, 40)).containsExactly(Arrays.copyOfRange(pixels, 80, 120));
      assertThat(Arrays.copyOfRange(batch, 40, 80))
          .containsExactly(Arrays.copyOfRange(pixels, 40, 80));
      assertThat(buffer.labels(2).narrow(0, 0, 1).item_long()).isEqualTo(2);
    }
  }

  @Test
  void laysChannelsLast() throws IOException {
    Samples samples = samples(gaussian(3 * 2 * 4 * 5), 3, 2, 4, 5);
    try (BatchBuffer buffer = new BatchBuffer(samples, 3);
        PointerScope _ = new PointerScope()) {
      buffer.fill(new int[] {0, 1, 2}, 0, 3);

      assertThat(buffer.values(3).is_contiguous(MemoryFormat.ChannelsLast)).isTrue();
    }
  }

  @Test
  void showsEachShiftAndMirrorImageAndBackgroundBehindIt() throws IOException {
    int side = 4;
    float[] pixels = new float[side * side];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = i + 1;
    }
    Samples samples = samples(pixels, 1, 1, side, side);
    Set<List<Float>> expected = new HashSet<>();
    for (int down = -1; down <= 1; down++) {
      for (int right = -1; right <= 1; right++) {
        expected.add(shifted(pixels, side, down, right, false));
        expected.add(shifted(pixels, side, down, right, true));
      }
    }
    Set<List<Float>> shown = new HashSet<>();
    try (BatchBuffer buffer = new BatchBuffer(samples, 1);
        PointerScope _ = new PointerScope()) {
      SplittableRandom random = new SplittableRandom(1);
      for (int i = 0; i < 500; i++) {
        buffer.fill(new int[] {0}, 0, 1, new Augmentation(1, true), random);
        shown.add(boxed(floats(buffer.values(1).contiguous())));
      }
    }

    assertThat(shown).isEqualTo(expected).hasSize(18);
  }

  /// Moved first, mirrored afterwards; the smallest value, 1, is what lies around.
  private static List<Float> shifted(
      float[] pixels, int side, int down, int right, boolean mirrored) {
    Float[] moved = new Float[pixels.length];
    for (int row = 0; row < side; row++) {
      for (int column = 0; column < side; column++) {
        int fromRow = row - down;
        int fromColumn = column - right;
        boolean inside = fromRow >= 0 && fromRow < side && fromColumn >= 0 && fromColumn < side;
        int to = row * side + (mirrored ? side - 1 - column : column);
        moved[to] = inside ? pixels[fromRow * side + fromColumn] : 1f;
      }
    }
    return List.of(moved);
  }

  private static Samples samples(float[] pixels, int count, int channels, int height, int width)
      throws IOException {
    Dataset data =
        TensorDataset.of(
            "images",
            Map.of("x", Tensor.ofFloats(Shape.of(count, channels, height, width), pixels)),
            new Labels.Classes(List.of(0, 1, 2).subList(0, count)));
    return Samples.read(data, "x", 3);
  }

  private static float[] floats(org.bytedeco.pytorch.Tensor tensor) {
    return NativeFloats.memory(tensor).toArray(ValueLayout.JAVA_FLOAT);
  }

  private static List<Float> boxed(float[] values) {
    Float[] boxed = new Float[values.length];
    for (int i = 0; i < values.length; i++) {
      boxed[i] = values[i];
    }
    return List.of(boxed);
  }

  private static float[] gaussian(int length) {
    SplittableRandom random = new SplittableRandom(2);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
