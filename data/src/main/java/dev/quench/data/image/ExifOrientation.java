// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.image;

import com.drew.imaging.jpeg.JpegProcessingException;
import com.drew.imaging.jpeg.JpegSegmentReader;
import com.drew.imaging.jpeg.JpegSegmentType;
import com.drew.lang.ByteArrayReader;
import com.drew.lang.SequentialByteArrayReader;
import com.drew.metadata.Metadata;
import com.drew.metadata.exif.ExifIFD0Directory;
import com.drew.metadata.exif.ExifReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/// Reads the orientation tag of JPEG, PNG, WebP and TIFF files; examines only the EXIF part, so
/// nothing is inflated.
///
/// Source: CIPA DC-008, "Exchangeable image file format", tag 274.
public final class ExifOrientation {
  private static final int UPRIGHT = 1;
  private static final byte[] PREAMBLE = {'E', 'x', 'i', 'f', 0, 0};

  private ExifOrientation() {}

  /// 1 to 8; 1 (upright) without a readable tag.
  public static int of(byte[] file) {
    try {
      Optional<byte[]> exif = exif(file);
      if (exif.isEmpty()) {
        return UPRIGHT;
      }
      Metadata metadata = new Metadata();
      int start = startsWith(exif.get(), 0, PREAMBLE) ? PREAMBLE.length : 0;
      new ExifReader().extract(new ByteArrayReader(exif.get()), metadata, start);
      ExifIFD0Directory directory = metadata.getFirstDirectoryOfType(ExifIFD0Directory.class);
      Integer tag =
          directory == null ? null : directory.getInteger(ExifIFD0Directory.TAG_ORIENTATION);
      return tag == null || tag < 1 || tag > 8 ? UPRIGHT : tag;
    } catch (JpegProcessingException | IOException | RuntimeException e) {
      // The decoder has read the image; like other loaders, this ignores a damaged tag.
      return UPRIGHT;
    }
  }

  private static Optional<byte[]> exif(byte[] file) throws JpegProcessingException, IOException {
    if (startsWith(file, 0, new byte[] {(byte) 0xFF, (byte) 0xD8})) {
      for (byte[] segment : segments(file, JpegSegmentType.APP1)) {
        if (startsWith(segment, 0, PREAMBLE)) {
          return Optional.of(segment);
        }
      }
      return Optional.empty();
    }
    if (startsWith(file, 0, new byte[] {(byte) 0x89, 'P', 'N', 'G'})) {
      return chunk(file, 8, ByteOrder.BIG_ENDIAN, "eXIf");
    }
    if (startsWith(file, 0, ascii("RIFF")) && startsWith(file, 8, ascii("WEBP"))) {
      return chunk(file, 12, ByteOrder.LITTLE_ENDIAN, "EXIF");
    }
    boolean tiff = startsWith(file, 0, ascii("II*\0")) || startsWith(file, 0, ascii("MM\0*"));
    return tiff ? Optional.of(file) : Optional.empty();
  }

  /// Whether a JPEG file has Adobe's marker, by which its CMYK levels are stored inverted.
  static boolean hasAdobeMarker(byte[] file) {
    try {
      for (byte[] segment : segments(file, JpegSegmentType.APPE)) {
        if (startsWith(segment, 0, ascii("Adobe"))) {
          return true;
        }
      }
      return false;
    } catch (JpegProcessingException | IOException | RuntimeException e) {
      return false;
    }
  }

  private static Iterable<byte[]> segments(byte[] file, JpegSegmentType type)
      throws JpegProcessingException, IOException {
    return JpegSegmentReader.readSegments(new SequentialByteArrayReader(file), List.of(type))
        .getSegments(type);
  }

  /// The content of the first chunk of a kind: chunks of PNG hold length, kind, content and
  /// checksum, those of RIFF kind, length and content padded to even size.
  private static Optional<byte[]> chunk(byte[] file, int from, ByteOrder order, String kind) {
    boolean png = order == ByteOrder.BIG_ENDIAN;
    ByteBuffer buffer = ByteBuffer.wrap(file).order(order);
    long at = from;
    while (at + 8 <= file.length) {
      long length = Integer.toUnsignedLong(buffer.getInt((int) at + (png ? 0 : 4)));
      boolean wanted = startsWith(file, (int) at + (png ? 4 : 0), ascii(kind));
      if (at + 8 + length > file.length) {
        return Optional.empty();
      }
      if (wanted) {
        byte[] content = new byte[(int) length];
        buffer.get((int) at + 8, content);
        return Optional.of(content);
      }
      at += 8 + length + (png ? 4 : length & 1);
    }
    return Optional.empty();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static boolean startsWith(byte[] bytes, int from, byte[] prefix) {
    if (from + prefix.length > bytes.length) {
      return false;
    }
    for (int i = 0; i < prefix.length; i++) {
      if (bytes[from + i] != prefix[i]) {
        return false;
      }
    }
    return true;
  }
}
