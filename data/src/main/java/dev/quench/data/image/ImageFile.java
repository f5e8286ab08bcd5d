// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.image;

import dev.quench.io.RegularFile;
import dev.quench.run.dataset.DataException;
import dev.quench.run.dataset.Mask;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;

/// Decodes PNG, JPEG, WebP, TIFF, BMP and GIF files (their first frame), recognized by content.
///
/// Levels are those that the file stores: 16 bits are cut to their upper 8, palettes are looked up,
/// an alpha channel is dropped, CMYK becomes RGB by multiplying the light that ink and black leave,
/// and colour profiles are ignored, like in the loaders used for training. The header is checked
/// against [#MAX_PIXELS] before anything is decoded. Stateless, thread-safe.
public final class ImageFile {
  /// The largest number of pixels.
  public static final long MAX_PIXELS = 64L << 20;

  /// The largest file size in bytes.
  public static final long MAX_BYTES = 256L << 20;

  /// The supported formats, for messages.
  public static final String READ = "PNG, JPEG, WebP, TIFF, BMP and GIF";

  private static final Set<String> SUFFIXES =
      Set.of(".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".tif", ".tiff", ".bmp", ".gif");

  private ImageFile() {}

  /// Whether the name has the suffix of a supported image format.
  public static boolean isNamedLikeAnImage(Path file) {
    String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    return !name.startsWith(".") && SUFFIXES.stream().anyMatch(name::endsWith);
  }

  /// Decodes an image in its stored orientation.
  ///
  /// @throws IOException if the file cannot be read
  /// @throws DataException naming the file, if it is damaged, too large, or not an image
  public static RawImage read(Path file) throws IOException {
    return read(file, Orientation.STORED);
  }

  /// Like [#read(Path)], in the given orientation.
  ///
  /// @throws IOException if the file cannot be read
  /// @throws DataException naming the file, if it is damaged, too large, or not an image
  public static RawImage read(Path file, Orientation orientation) throws IOException {
    return decode(file.toString(), bytes(file), orientation);
  }

  /// Decodes the content of a file.
  ///
  /// @param name for messages
  /// @throws DataException if the image is damaged, too large or of an unsupported kind
  public static RawImage decode(String name, byte[] bytes, Orientation orientation) {
    RawImage stored = decode(name, bytes);
    return switch (orientation) {
      case STORED -> stored;
      case EXIF -> stored.turned(ExifOrientation.of(bytes));
    };
  }

  /// The class of each pixel: the index into the palette, or the level of a grayscale image of at
  /// most 8 bits.
  ///
  /// @throws IOException if the file cannot be read
  /// @throws DataException as [#read] does, and for images of other kinds
  public static Mask readMask(Path file) throws IOException {
    return ImageDecoder.decoded(
        file.toString(), bytes(file), image -> mask(file.toString(), image));
  }

  public static byte[] bytes(Path file) throws IOException {
    try (InputStream stream = RegularFile.open(file)) {
      byte[] bytes = stream.readNBytes((int) MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw new DataException(
            "%s: more than %d bytes, too large for an image".formatted(file, MAX_BYTES));
      }
      return bytes;
    }
  }

  public static RawImage decode(String name, byte[] bytes) {
    return ImageDecoder.decoded(name, bytes, image -> pixels(name, bytes, image));
  }

  /// Pixels of an image of the desktop toolkit, as those of a file: an alpha channel is dropped.
  ///
  /// @throws DataException if it has other colours than RGB, CMYK or gray
  public static RawImage of(BufferedImage image) {
    if (!image.isAlphaPremultiplied()) {
      return pixels("image", new byte[0], image);
    }
    // Premultiplied levels are darker than the colours that they stand for.
    BufferedImage straight =
        new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_ARGB);
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        straight.setRGB(x, y, image.getRGB(x, y));
      }
    }
    return pixels("image", new byte[0], straight);
  }

  private static RawImage pixels(String name, byte[] bytes, BufferedImage image) {
    int width = image.getWidth();
    int height = image.getHeight();
    ColorModel model = image.getColorModel();
    if (model instanceof IndexColorModel palette) {
      return palettePixels(image.getRaster(), palette);
    }
    Raster raster = image.getRaster();
    int bands = raster.getNumBands();
    int space = model.getColorSpace().getType();
    int channels = channels(name, space, bands);
    // Without Adobe's marker, levels are amounts of ink, but the decoder inverts them anyway.
    boolean inverted =
        space == ColorSpace.TYPE_CMYK && isJpeg(bytes) && !ExifOrientation.hasAdobeMarker(bytes);
    byte[] samples = new byte[Math.multiplyExact(Math.multiplyExact(width, height), channels)];
    int[] row = new int[width * bands];
    int at = 0;
    for (int y = 0; y < height; y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
      for (int x = 0; x < width; x++) {
        for (int channel = 0; channel < channels; channel++) {
          int sample = row[x * bands + channel];
          samples[at++] =
              space == ColorSpace.TYPE_CMYK
                  ? uninked(
                      level(sample, model.getComponentSize(channel)),
                      level(row[x * bands + 3], model.getComponentSize(3)),
                      inverted)
                  : level(sample, model.getComponentSize(channel));
        }
      }
    }
    return RawImage.owning(width, height, channels, samples);
  }

  private static int channels(String name, int space, int bands) {
    return switch (space) {
      case ColorSpace.TYPE_GRAY -> 1;
      case ColorSpace.TYPE_RGB -> 3;
      case ColorSpace.TYPE_CMYK -> 3;
      default ->
          throw new DataException(
              "%s: %d channels in an unsupported colour space; convert it to RGB, CMYK or grayscale"
                  .formatted(name, bands));
    };
  }

  private static boolean isJpeg(byte[] bytes) {
    return bytes.length > 2 && bytes[0] == (byte) 0xFF && bytes[1] == (byte) 0xD8;
  }

  /// The light that remains after ink and black: `(255 - ink) (255 - black) / 255`, rounded.
  private static byte uninked(byte ink, byte black, boolean inverted) {
    int left = inverted ? Byte.toUnsignedInt(ink) : 255 - Byte.toUnsignedInt(ink);
    int light = inverted ? Byte.toUnsignedInt(black) : 255 - Byte.toUnsignedInt(black);
    return (byte) ((left * light + 127) / 255);
  }

  private static byte level(int sample, int bits) {
    return (byte)
        (bits == 8
            ? sample
            : bits > 8 ? sample >> (bits - 8) : Math.rint(sample * 255.0 / ((1 << bits) - 1)));
  }

  private static RawImage palettePixels(Raster raster, IndexColorModel palette) {
    boolean gray = true;
    int[] colors = new int[1 << palette.getPixelSize()];
    for (int i = 0; i < Math.min(colors.length, palette.getMapSize()); i++) {
      colors[i] = palette.getRGB(i);
      int red = colors[i] >> 16 & 0xFF;
      gray &= red == (colors[i] >> 8 & 0xFF) && red == (colors[i] & 0xFF);
    }
    int channels = gray ? 1 : 3;
    byte[] samples = new byte[raster.getWidth() * raster.getHeight() * channels];
    int[] row = new int[raster.getWidth()];
    int at = 0;
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, row.length, 1, row);
      for (int index : row) {
        int color = colors[index];
        for (int channel = 0; channel < channels; channel++) {
          samples[at++] = (byte) (color >> (16 - 8 * channel));
        }
      }
    }
    return RawImage.owning(raster.getWidth(), raster.getHeight(), channels, samples);
  }

  private static Mask mask(String name, BufferedImage image) {
    Raster raster = image.getRaster();
    if (raster.getNumBands() != 1 || image.getColorModel().getComponentSize(0) > 8) {
      throw new DataException(
          "%s: a mask of %d channels of %d bits; expected a palette or grayscale image of at most 8 bits whose values are classes"
              .formatted(name, raster.getNumBands(), image.getColorModel().getComponentSize(0)));
    }
    int[] row = new int[raster.getWidth()];
    byte[] classes = new byte[row.length * raster.getHeight()];
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, row.length, 1, row);
      for (int x = 0; x < row.length; x++) {
        classes[y * row.length + x] = (byte) row[x];
      }
    }
    return Mask.of(row.length, raster.getHeight(), classes);
  }
}
