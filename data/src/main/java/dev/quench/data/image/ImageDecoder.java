// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.image;

import com.twelvemonkeys.imageio.plugins.webp.WebPImageReaderSpi;
import dev.quench.run.dataset.DataException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Iterator;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/// Decodes image files, recognized by content: WebP by TwelveMonkeys, the others by the JDK. Checks
/// the size before decoding.
final class ImageDecoder {
  private static final Set<String> FORMATS =
      Set.of("png", "jpeg", "jpg", "bmp", "gif", "tif", "tiff");
  private static final int MAX_BANDS = 5;
  private static final int VP8 = fourCharacters("VP8 ");
  private static final int VP8L = fourCharacters("VP8L");

  private ImageDecoder() {}

  /// @param name for messages
  /// @throws DataException if the image is damaged, too large or of an unsupported kind
  static <T> T decoded(String name, byte[] bytes, Function<BufferedImage, T> conversion) {
    try (ImageInputStream stream =
        new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
      ImageReader reader = reader(name, bytes, stream);
      String[] warning = new String[1];
      try {
        checkSize(name, reader);
        MisreadForms.refuse(name, bytes);
        reader.addIIOReadWarningListener((_, text) -> warning[0] = text);
        BufferedImage image = reader.read(0);
        // The JPEG decoder fills missing parts with gray and only warns.
        if (warning[0] != null && isDamage(warning[0])) {
          throw new DataException(name + ": damaged image (" + warning[0] + ")");
        }
        return conversion.apply(image);
      } finally {
        reader.dispose();
      }
    } catch (OutOfMemoryError e) {
      throw new DataException(
          name
              + ": decoding it needs more memory than available; use a smaller image or a larger -Xmx",
          e);
    } catch (IOException | RuntimeException e) {
      throw damaged(name, e);
    }
  }

  private static ImageReader reader(String name, byte[] bytes, ImageInputStream stream)
      throws IOException {
    if (isWebP(bytes)) {
      checkFrames(name, bytes);
      ImageReader reader = new WebPImageReaderSpi().createReaderInstance(null);
      reader.setInput(stream, true, true);
      return reader;
    }
    Iterator<ImageReader> readers = ImageIO.getImageReaders(stream);
    while (readers.hasNext()) {
      ImageReader reader = readers.next();
      if (FORMATS.contains(reader.getFormatName().toLowerCase(Locale.ROOT))) {
        // Metadata is ignored, because compressed text could be large.
        reader.setInput(stream, true, true);
        return reader;
      }
      reader.dispose();
    }
    throw new DataException(name + ": not an image; " + ImageFile.READ + " files are supported");
  }

  private static void checkSize(String name, ImageReader reader) throws IOException {
    checkSize(name, reader.getWidth(0), reader.getHeight(0));
    if (!reader.getFormatName().toLowerCase(Locale.ROOT).startsWith("tif")) {
      return;
    }
    checkSize(name, reader.getTileWidth(0), reader.getTileHeight(0));
    ImageTypeSpecifier type = reader.getRawImageType(0);
    int bands = type == null ? 0 : type.getNumBands();
    int bits = type == null ? 0 : type.getBitsPerBand(0);
    if (bands > MAX_BANDS || bits > Short.SIZE) {
      throw new DataException(
          "%s: %d channels of %d bits; expected a TIFF of up to %d channels of at most 16 bits, convert it"
              .formatted(name, bands, bits, MAX_BANDS));
    }
  }

  private static void checkSize(String name, int width, int height) {
    if ((long) width * height > ImageFile.MAX_PIXELS || width < 1 || height < 1) {
      throw new DataException(
          "%s: its header declares %d x %d pixels, expected at most %d in all; use a smaller image"
              .formatted(name, width, height, ImageFile.MAX_PIXELS));
    }
  }

  private static boolean isWebP(byte[] bytes) {
    return bytes.length >= 16
        && ByteBuffer.wrap(bytes).getInt(0) == fourCharacters("RIFF")
        && ByteBuffer.wrap(bytes).getInt(8) == fourCharacters("WEBP");
  }

  /// A frame has a size separate from that of the file. Sizes are 14 bits wide.
  private static void checkFrames(String name, byte[] bytes) {
    ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    long at = 12;
    while (at + 18 <= bytes.length) {
      int kind = Integer.reverseBytes(file.getInt((int) at));
      int body = (int) at + 8;
      if (kind == VP8) {
        checkSize(name, file.getShort(body + 6) & 0x3FFF, file.getShort(body + 8) & 0x3FFF);
      } else if (kind == VP8L) {
        int sizes = file.getInt(body + 1);
        checkSize(name, (sizes & 0x3FFF) + 1, (sizes >> 14 & 0x3FFF) + 1);
      }
      long length = Integer.toUnsignedLong(file.getInt((int) at + 4));
      at += 8 + length + (length & 1);
    }
  }

  private static int fourCharacters(String text) {
    return text.charAt(0) << 24 | text.charAt(1) << 16 | text.charAt(2) << 8 | text.charAt(3);
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
    return new DataException(
        name + ": damaged image, or of an unsupported kind (" + reason + ")", e);
  }
}
