// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.segmentation;

import dev.quench.run.dataset.ImageGeometry;
import dev.quench.run.dataset.Mask;
import dev.quench.tensor.Tensor;
import java.util.Arrays;

/// Maps a segmentation network's output to a class for each pixel of the stored image.
///
/// Scores `[N, C, H, W]` are interpolated bilinearly (half-pixel) at the pixel's centre and the
/// highest wins, the lower class on ties; class indices `[N, H, W]` or `[N, 1, H, W]` are taken
/// from the nearest position. Immutable, thread-safe.
public final class SegmentationOutput {
  /// The predicted class of pixels whose scores are NaN; never correct.
  public static final int UNDECIDED = 254;

  /// Exclusive upper bound of classes.
  public static final int MAX_CLASSES = 254;

  private final String metric;
  private final float[] scores;
  private final long[] indices;
  private final int classes;
  private final int height;
  private final int width;

  private SegmentationOutput(
      String metric, float[] scores, long[] indices, int classes, int height, int width) {
    this.metric = metric;
    this.scores = scores;
    this.indices = indices;
    this.classes = classes;
    this.height = height;
    this.width = width;
  }

  /// @param metric for messages
  /// @param output scores of a floating type, or integer class indices
  /// @param samples in the batch
  /// @throws IllegalArgumentException if the output is neither
  public static SegmentationOutput of(String metric, Tensor output, int samples) {
    int rank = output.shape().rank();
    boolean integers = output.dataType().isInteger();
    if (rank < 3
        || rank > 4
        || output.shape().size(0) != samples
        || (integers ? rank == 4 && output.shape().size(1) != 1 : rank == 3)) {
      throw new IllegalArgumentException(
          "%s expects scores [%d, classes, height, width] or integer class indices [%d, height, width], got %s %s"
              .formatted(metric, samples, samples, output.dataType(), output.shape()));
    }
    int height = Math.toIntExact(output.shape().size(-2));
    int width = Math.toIntExact(output.shape().size(-1));
    if (integers) {
      return new SegmentationOutput(metric, new float[0], output.toLongs(), 0, height, width);
    }
    long classes = output.shape().size(1);
    if (classes < 2 || classes > MAX_CLASSES) {
      throw new IllegalArgumentException(
          "%s expects scores of 2 to %d classes, got %s; a single channel leaves no choice between classes"
              .formatted(metric, MAX_CLASSES, output.shape()));
    }
    return new SegmentationOutput(
        metric, output.toFloats(), new long[0], (int) classes, height, width);
  }

  /// The number of classes with scores; 0 if the output holds indices.
  public int classes() {
    return classes;
  }

  /// The class of each pixel of the stored image; [Mask#IGNORE] for pixels that were cropped off.
  ///
  /// @param sample its position in the batch
  /// @param geometry maps the image's pixels to the model's input
  /// @throws IllegalArgumentException if a class index is not below [#MAX_CLASSES]
  public Mask classes(int sample, ImageGeometry geometry) {
    Columns columns = new Columns(geometry, width);
    byte[] row = new byte[geometry.imageWidth()];
    byte[] mask = new byte[Math.multiplyExact(row.length, geometry.imageHeight())];
    for (int y = 0; y < geometry.imageHeight(); y++) {
      double position = geometry.toInputY(y + 0.5) * height / geometry.inputHeight();
      if (position < 0 || position > height) {
        Arrays.fill(row, (byte) Mask.IGNORE);
      } else if (classes == 0) {
        nearest(sample, columns, position, row);
      } else {
        highest(sample, columns, position, row);
      }
      System.arraycopy(row, 0, mask, y * row.length, row.length);
    }
    return Mask.of(row.length, geometry.imageHeight(), mask);
  }

  private void nearest(int sample, Columns columns, double position, byte[] row) {
    int from = (sample * height + Math.min(height - 1, (int) position)) * width;
    Arrays.fill(row, (byte) Mask.IGNORE);
    for (int x = columns.begin; x < columns.end; x++) {
      long index = indices[from + columns.nearest[x]];
      if (index < 0 || index >= MAX_CLASSES) {
        throw new IllegalArgumentException(
            "%s: the model's output holds class %d, expected 0 to %d"
                .formatted(metric, index, MAX_CLASSES - 1));
      }
      row[x] = (byte) index;
    }
  }

  /// Interpolates between the two rows first, then along each.
  private void highest(int sample, Columns columns, double position, byte[] row) {
    double y = Math.clamp(position - 0.5, 0, height - 1);
    int above = (int) y;
    int below = Math.min(height - 1, above + 1);
    float fraction = (float) (y - above);
    float[] line = new float[width];
    float[] best = new float[row.length];
    Arrays.fill(best, Float.NEGATIVE_INFINITY);
    Arrays.fill(row, (byte) UNDECIDED);
    for (int index = 0; index < classes; index++) {
      int plane = (sample * classes + index) * height;
      int first = (plane + above) * width;
      int second = (plane + below) * width;
      for (int x = 0; x < width; x++) {
        line[x] = scores[first + x] + fraction * (scores[second + x] - scores[first + x]);
      }
      for (int x = columns.begin; x < columns.end; x++) {
        float left = line[columns.left[x]];
        float score = left + columns.across[x] * (line[columns.right[x]] - left);
        if (score > best[x] || (row[x] == (byte) UNDECIDED && !Float.isNaN(score))) {
          best[x] = score;
          row[x] = (byte) index;
        }
      }
    }
    Arrays.fill(row, 0, columns.begin, (byte) Mask.IGNORE);
    Arrays.fill(row, columns.end, row.length, (byte) Mask.IGNORE);
  }

  /// The position of each column of the image in the output; the model saw columns `[begin, end)`.
  private static final class Columns {
    private final int[] nearest;
    private final int[] left;
    private final int[] right;
    private final float[] across;
    private int begin;
    private int end;

    Columns(ImageGeometry geometry, int width) {
      int count = geometry.imageWidth();
      nearest = new int[count];
      left = new int[count];
      right = new int[count];
      across = new float[count];
      for (int x = 0; x < count; x++) {
        double position = geometry.toInputX(x + 0.5) * width / geometry.inputWidth();
        if (position < 0) {
          begin = x + 1;
          end = x + 1;
        } else if (position <= width) {
          end = x + 1;
          nearest[x] = Math.min(width - 1, (int) position);
          double center = Math.clamp(position - 0.5, 0, width - 1);
          left[x] = (int) center;
          right[x] = Math.min(width - 1, left[x] + 1);
          across[x] = (float) (center - left[x]);
        }
      }
    }
  }
}
