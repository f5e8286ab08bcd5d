// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.image;

import com.drew.lang.ByteArrayReader;
import com.drew.metadata.Metadata;
import com.drew.metadata.exif.ExifIFD0Directory;
import com.drew.metadata.exif.ExifReader;
import dev.quench.run.dataset.DataException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Refuses forms of images that the decoders of the JDK read without complaint, but wrong.
///
/// - A GIF whose first frame is smaller than its canvas: the frame alone is decoded. Source:
///   CompuServe, GIF89a specification, sections 18 to 20.
/// - A TIFF in CIELAB: its lightness is taken for linear. Source: Adobe, TIFF 6.0, section 23.
final class MisreadForms {
  private static final int GIF_EXTENSION = 0x21;
  private static final int GIF_FRAME = 0x2C;
  private static final int FIRST_LAB = 8;
  private static final int LAST_LAB = 10;

  private MisreadForms() {}

  /// @throws DataException if the file has such a form; damaged files pass
  static void refuse(String name, byte[] file) {
    if (startsWith(file, "GIF8")) {
      checkFrame(name, file);
    } else if (startsWith(file, "II*\0") || startsWith(file, "MM\0*")) {
      checkColour(name, file);
    }
  }

  private static boolean startsWith(byte[] file, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    return file.length >= bytes.length
        && Arrays.equals(file, 0, bytes.length, bytes, 0, bytes.length);
  }

  private static void checkFrame(String name, byte[] file) {
    try {
      ByteBuffer gif = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).position(6);
      int width = Short.toUnsignedInt(gif.getShort());
      int height = Short.toUnsignedInt(gif.getShort());
      int flags = gif.get();
      boolean hasColours = (flags & 0x80) != 0;
      gif.position(13 + (hasColours ? 3 << ((flags & 7) + 1) : 0));
      int block = gif.get();
      while (block == GIF_EXTENSION) {
        gif.get(); // its label
        skipParts(gif);
        block = gif.get();
      }
      if (block != GIF_FRAME) {
        return;
      }
      int left = Short.toUnsignedInt(gif.getShort());
      int top = Short.toUnsignedInt(gif.getShort());
      int frameWidth = Short.toUnsignedInt(gif.getShort());
      int frameHeight = Short.toUnsignedInt(gif.getShort());
      if (left > 0 || top > 0 || frameWidth < width || frameHeight < height) {
        throw new DataException(
            "%s: the first frame of this GIF covers %d x %d pixels at (%d, %d) of %d x %d; convert it to PNG"
                .formatted(name, frameWidth, frameHeight, left, top, width, height));
      }
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      // A damaged file is for the decoder to refuse.
    }
  }

  private static void skipParts(ByteBuffer gif) {
    for (int length = gif.get() & 0xFF; length > 0; length = gif.get() & 0xFF) {
      gif.position(gif.position() + length);
    }
  }

  private static void checkColour(String name, byte[] file) {
    Metadata metadata = new Metadata();
    new ExifReader().extract(new ByteArrayReader(file), metadata, 0);
    ExifIFD0Directory directory = metadata.getFirstDirectoryOfType(ExifIFD0Directory.class);
    Integer colour =
        directory == null
            ? null
            : directory.getInteger(ExifIFD0Directory.TAG_PHOTOMETRIC_INTERPRETATION);
    if (colour != null && colour >= FIRST_LAB && colour <= LAST_LAB) {
      throw new DataException(name + ": this TIFF is in CIELAB; convert it to RGB");
    }
  }
}
