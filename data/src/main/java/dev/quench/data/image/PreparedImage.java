// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.image;

import dev.quench.run.dataset.DataException;
import dev.quench.run.dataset.ImageGeometry;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.OptionalInt;

/// An image in the size and channels of a model's input, not yet normalized.
///
/// @param image channels in the order red, green, blue, or gray
/// @param filled the part, in pixels, that shows the image; the rest is padding with 0
/// @param geometry maps the pixels of the stored image
record PreparedImage(RawImage image, Content filled, ImageGeometry geometry) {
  private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ORDER);
  private static final ValueLayout.OfDouble DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ORDER);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ORDER);
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ORDER);
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ORDER);

  /// Columns `[left, right)` and rows `[top, bottom)`.
  record Content(int left, int top, int right, int bottom) {
    boolean contains(int x, int y) {
      return x >= left && x < right && y >= top && y < bottom;
    }
  }

  /// Converts colours, resizes and crops.
  ///
  /// @param name for messages
  /// @throws DataException if the colours differ from the declared ones, or the crop is larger than
  ///   the image
  static PreparedImage of(String name, RawImage stored, Preprocessing how) {
    RawImage colored = converted(name, stored, how);
    int[] size = size(stored.width(), stored.height(), how.resize());
    if ((long) size[0] * size[1] > ImageFile.MAX_PIXELS) {
      throw new DataException(
          "%s: %d x %d pixels after resizing, expected at most %d in all; declare a smaller size"
              .formatted(name, size[0], size[1], ImageFile.MAX_PIXELS));
    }
    RawImage resized = Resampling.resize(colored, size[0], size[1], how.interpolation());
    double scaleX = size[0] / (double) stored.width();
    double scaleY = size[1] / (double) stored.height();
    int width = size[0];
    int height = size[1];
    int left = 0;
    int top = 0;
    int fill = 0;
    boolean zero = false;
    if (how.resize() instanceof Resize.Letterbox box) {
      width = box.width();
      height = box.height();
      left = box.centered() ? (width - size[0]) / 2 : 0;
      top = box.centered() ? (height - size[1]) / 2 : 0;
      OptionalInt byteFill = box.fill();
      zero = byteFill.isEmpty();
      fill = byteFill.orElse(0);
    }
    if (how.resize() instanceof Resize.FixedHeight line) {
      width = line.inputWidth(width);
      zero = true;
    }
    if (how.crop().isPresent()) {
      CenterCrop crop = how.crop().get();
      if (crop.width() > width || crop.height() > height) {
        throw new DataException(
            "%s: %d x %d pixels after resizing, too few for the crop of %d x %d; resize to at least that"
                .formatted(name, width, height, crop.width(), crop.height()));
      }
      left -= (int) Math.rint((width - crop.width()) / 2.0);
      top -= (int) Math.rint((height - crop.height()) / 2.0);
      width = crop.width();
      height = crop.height();
    }
    RawImage placed = placed(resized, left, top, width, height, fill);
    Content content =
        zero
            ? new Content(left, top, left + size[0], top + size[1])
            : new Content(0, 0, width, height);
    return new PreparedImage(
        placed,
        content,
        new ImageGeometry(
            stored.width(), stored.height(), width, height, scaleX, scaleY, left, top));
  }

  private static RawImage converted(String name, RawImage image, Preprocessing how) {
    int wanted = how.color().channels();
    if (image.channels() == wanted) {
      return image;
    }
    if (!how.convertColor()) {
      throw new DataException(
          "%s: a %s image, but the preprocessing declares %s; choose other images or declare \"convertColor\": true"
              .formatted(
                  name, image.channels() == 1 ? "grayscale" : "coloured", how.color().name()));
    }
    byte[] from = image.samples();
    int pixels = image.width() * image.height();
    byte[] to = new byte[Math.multiplyExact(pixels, wanted)];
    for (int i = 0; i < pixels; i++) {
      if (wanted == 3) {
        Arrays.fill(to, 3 * i, 3 * i + 3, from[i]);
      } else {
        to[i] =
            (byte)
                Math.rint(
                    0.299 * Byte.toUnsignedInt(from[3 * i])
                        + 0.587 * Byte.toUnsignedInt(from[3 * i + 1])
                        + 0.114 * Byte.toUnsignedInt(from[3 * i + 2]));
      }
    }
    return RawImage.owning(image.width(), image.height(), wanted, to);
  }

  /// Width and height after resizing, without padding.
  private static int[] size(int width, int height, Resize resize) {
    return switch (resize) {
      case Resize.None() -> new int[] {width, height};
      case Resize.Exact(int toWidth, int toHeight) -> new int[] {toWidth, toHeight};
      case Resize.ShorterSide(int size, int multipleOf, boolean limit) -> {
        int shorter = Math.min(width, height);
        int target = limit ? Math.max(size, shorter) : size;
        yield sides(width, height, shorter, target, multipleOf);
      }
      case Resize.LongerSide(int size, int multipleOf, boolean limit) -> {
        int longer = Math.max(width, height);
        int target = limit ? Math.min(size, longer) : size;
        yield sides(width, height, longer, target, multipleOf);
      }
      case Resize.FixedHeight line -> {
        long exact = Math.ceilDiv((long) width * line.height(), (long) height);
        yield new int[] {(int) Math.min(exact, line.maximumWidth()), line.height()};
      }
      case Resize.Letterbox box -> {
        double ratio = Math.min(box.width() / (double) width, box.height() / (double) height);
        yield new int[] {
          Math.clamp((long) Math.rint(width * ratio), 1, box.width()),
          Math.clamp((long) Math.rint(height * ratio), 1, box.height())
        };
      }
    };
  }

  /// Both sides when the side `from` becomes `to`, bounded for very long images.
  private static int[] sides(int width, int height, int from, int to, int multipleOf) {
    return new int[] {side(width, from, to, multipleOf), side(height, from, to, multipleOf)};
  }

  private static int side(int side, int from, int to, int multipleOf) {
    long scaled =
        multipleOf == 1
            ? (long) side * to / from
            : (long) Math.rint(side * (double) to / from / multipleOf) * multipleOf;
    return Math.clamp(scaled, multipleOf, Math.max(Resize.MAX_SIDE, multipleOf));
  }

  private static RawImage placed(
      RawImage image, int left, int top, int width, int height, int fill) {
    if (left == 0 && top == 0 && width == image.width() && height == image.height()) {
      return image;
    }
    int channels = image.channels();
    byte[] canvas = new byte[Math.multiplyExact(Math.multiplyExact(width, height), channels)];
    Arrays.fill(canvas, (byte) fill);
    int fromX = Math.max(0, left);
    int toX = Math.min(width, left + image.width());
    for (int y = Math.max(0, top); y < Math.min(height, top + image.height()); y++) {
      System.arraycopy(
          image.samples(),
          ((y - top) * image.width() + fromX - left) * channels,
          canvas,
          (y * width + fromX) * channels,
          (toX - fromX) * channels);
    }
    return RawImage.owning(width, height, channels, canvas);
  }

  /// The shape of one sample, without the batch axis.
  Shape shape(Layout layout) {
    return switch (layout) {
      case NCHW -> Shape.of(image.channels(), image.height(), image.width());
      case NHWC -> Shape.of(image.height(), image.width(), image.channels());
    };
  }

  /// Normalizes into `[bytes of one sample]`.
  ///
  /// @param values by channel of the input and level, from [#table]
  void writeTo(MemorySegment sample, Preprocessing how, float[][] values) {
    int channels = image.channels();
    int plane = image.width() * image.height();
    byte[] levels = image.samples();
    boolean reversed = how.color() == ColorMode.BGR;
    for (int channel = 0; channel < channels; channel++) {
      int from = reversed ? channels - 1 - channel : channel;
      float[] ofLevel = values[channel];
      for (int y = 0; y < image.height(); y++) {
        for (int x = 0; x < image.width(); x++) {
          int pixel = y * image.width() + x;
          float value =
              filled.contains(x, y)
                  ? ofLevel[Byte.toUnsignedInt(levels[pixel * channels + from])]
                  : 0;
          int index =
              how.layout() == Layout.NCHW ? channel * plane + pixel : pixel * channels + channel;
          put(sample, how.dataType(), index, value);
        }
      }
    }
  }

  /// The normalized value of each level, by channel.
  static float[][] table(Preprocessing how) {
    float[][] table = new float[how.color().channels()][];
    for (int channel = 0; channel < table.length; channel++) {
      table[channel] = how.normalization().ofBytes(channel);
    }
    return table;
  }

  private static void put(MemorySegment sample, DataType type, long index, float value) {
    switch (type) {
      case FLOAT -> sample.set(FLOAT, index * 4, value);
      case DOUBLE -> sample.set(DOUBLE, index * 8, value);
      case FLOAT16 -> sample.set(SHORT, index * 2, Float.floatToFloat16(value));
      case BFLOAT16 -> sample.set(SHORT, index * 2, bfloat16(value));
      case UINT8 -> sample.set(ValueLayout.JAVA_BYTE, index, (byte) rounded(value, 0, 255));
      case INT8 -> sample.set(ValueLayout.JAVA_BYTE, index, (byte) rounded(value, -128, 127));
      case INT16 -> sample.set(SHORT, index * 2, (short) rounded(value, -32768, 32767));
      case INT32 -> sample.set(INT, index * 4, (int) Math.rint(value));
      case INT64 -> sample.set(LONG, index * 8, (long) Math.rint(value));
      default -> throw new IllegalStateException("Preprocessing refuses " + type);
    }
  }

  private static int rounded(float value, int low, int high) {
    return (int) Math.clamp(Math.rint(value), low, high);
  }

  /// Rounds half to even; normalized levels are finite.
  private static short bfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    return (short) ((bits + 0x7FFF + (bits >>> 16 & 1)) >>> 16);
  }
}
