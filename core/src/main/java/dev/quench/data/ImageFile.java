// SPDX-License-Identifier: Apache-2.0
package dev.quench.data;

import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/// Decodes PNG, JPEG, BMP and GIF (its first frame) files, told apart by content.
///
/// Levels are those that the file stores: 16 bits are cut to their upper 8, palettes are looked up,
/// an alpha channel is dropped, colour profiles and the orientation tag are ignored, as the loaders
/// do by which networks are trained. The header is checked against [#MAX_PIXELS] before anything is
/// decoded. Stateless, thread-safe.
public final class ImageFile {
  /// Pixels of the largest image that is decoded.
  public static final long MAX_PIXELS = 64L << 20;

  /// Bytes of the largest file that is read.
  public static final long MAX_BYTES = 256L << 20;

  private static final Set<String> FORMATS = Set.of("png", "jpeg", "jpg", "bmp", "gif");
  private static final Set<String> SUFFIXES = Set.of(".png", ".jpg", ".jpeg", ".bmp", ".gif");

  private ImageFile() {}

  /// Whether the name says that this is an image of a kind that is decoded.
  static boolean isNamedLikeAnImage(Path file) {
    String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    return !name.startsWith(".") && SUFFIXES.stream().anyMatch(name::endsWith);
  }

  /// @throws IOException if the file cannot be read
  /// @throws DataException naming the file, if it is damaged, too large, or no image
  public static RawImage read(Path file) throws IOException {
    return decode(file.toString(), bytes(file));
  }

  /// The class of each pixel: the index into the palette, or the level of a grayscale image of at
  /// most 8 bits.
  ///
  /// @throws IOException if the file cannot be read
  /// @throws DataException as [#read] does, and for images of other kinds
  public static Mask readMask(Path file) throws IOException {
    return decoded(file.toString(), bytes(file), image -> mask(file.toString(), image));
  }

  static byte[] bytes(Path file) throws IOException {
    try (InputStream stream = Files.newInputStream(file)) {
      byte[] bytes = stream.readNBytes((int) MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw new DataException(
            "%s: more than %d bytes, too large for an image".formatted(file, MAX_BYTES));
      }
      return bytes;
    }
  }

  static RawImage decode(String name, byte[] bytes) {
    return decoded(name, bytes, ImageFile::pixels);
  }

  private static <T> T decoded(String name, byte[] bytes, Function<BufferedImage, T> conversion) {
    try (ImageInputStream stream = stream(bytes)) {
      ImageReader reader = reader(name, stream);
      String[] warning = new String[1];
      try {
        checkSize(name, reader);
        reader.addIIOReadWarningListener((_, text) -> warning[0] = text);
        BufferedImage image = reader.read(0);
        // The JPEG decoder fills up what is missing with gray and merely warns.
        if (warning[0] != null && isDamage(warning[0])) {
          throw new DataException(name + ": damaged image (" + warning[0] + ")");
        }
        return conversion.apply(image);
      } finally {
        reader.dispose();
      }
    } catch (IOException | RuntimeException e) {
      throw damaged(name, e);
    }
  }

  private static ImageInputStream stream(byte[] bytes) {
    return new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes));
  }

  private static ImageReader reader(String name, ImageInputStream stream) throws IOException {
    Iterator<ImageReader> readers = ImageIO.getImageReaders(stream);
    while (readers.hasNext()) {
      ImageReader reader = readers.next();
      if (FORMATS.contains(reader.getFormatName().toLowerCase(Locale.ROOT))) {
        // Metadata is ignored: compressed texts could be large.
        reader.setInput(stream, true, true);
        return reader;
      }
      reader.dispose();
    }
    throw new DataException(name + ": no image; PNG, JPEG, BMP and GIF files are read");
  }

  private static void checkSize(String name, ImageReader reader) throws IOException {
    int width = reader.getWidth(0);
    int height = reader.getHeight(0);
    if ((long) width * height > MAX_PIXELS || width < 1 || height < 1) {
      throw new DataException(
          "%s: its header says %d x %d pixels, expected at most %d in all; it is not decoded"
              .formatted(name, width, height, MAX_PIXELS));
    }
  }

  private static boolean isDamage(String warning) {
    String text = warning.toLowerCase(Locale.ROOT);
    return text.contains("premature") || text.contains("corrupt") || text.contains("truncated");
  }

  private static DataException damaged(String name, Exception e) {
    if (e instanceof DataException known) {
      return known;
    }
    String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return new DataException(name + ": damaged image, or of a kind not read (" + reason + ")", e);
  }

  private static RawImage pixels(BufferedImage image) {
    int width = image.getWidth();
    int height = image.getHeight();
    ColorModel model = image.getColorModel();
    if (model instanceof IndexColorModel palette) {
      return palettePixels(image.getRaster(), palette);
    }
    Raster raster = image.getRaster();
    int bands = raster.getNumBands();
    int channels = bands < 3 ? 1 : 3;
    byte[] samples = new byte[Math.multiplyExact(Math.multiplyExact(width, height), channels)];
    int[] row = new int[width * bands];
    int at = 0;
    for (int y = 0; y < height; y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
      for (int x = 0; x < width; x++) {
        for (int channel = 0; channel < channels; channel++) {
          samples[at++] = level(row[x * bands + channel], model.getComponentSize(channel));
        }
      }
    }
    return RawImage.owning(width, height, channels, samples);
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
