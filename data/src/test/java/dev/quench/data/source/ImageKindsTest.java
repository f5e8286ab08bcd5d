// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.data.annotation.ImageFolder;
import dev.quench.data.image.ColorMode;
import dev.quench.data.image.ExifOrientation;
import dev.quench.data.image.ImageDataset;
import dev.quench.data.image.ImageFile;
import dev.quench.data.image.Normalization;
import dev.quench.data.image.Orientation;
import dev.quench.data.image.Preprocessing;
import dev.quench.data.image.PreprocessingPresets;
import dev.quench.data.image.RawImage;
import dev.quench.run.dataset.DataException;
import dev.quench.run.dataset.SkippedFile;
import dev.quench.testing.ImageFiles;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.zip.CRC32;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Kinds of images beyond plain RGB and gray, and orientation.
class ImageKindsTest {
  /// 5 by 3 pixels of red 50 x, green 80 y, blue 20 (x + y); written by `cwebp -lossless -exact`.
  private static final String WEBP =
      "UklGRkYAAABXRUJQVlA4TDkAAAAvBIAAAHcwUAKBZKb8GWYSCCRD5E84xPyHCgAwPM/zBgAATEWy8d7Dr5FFKVlUkkWwiP5Hte/EfQIA";

  @TempDir private Path folder;

  /// A JPEG of four channels that hold the same everywhere.
  private static byte[] fourChannels(int... levels) throws IOException {
    WritableRaster raster = Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, 8, 8, 4, null);
    for (int i = 0; i < 64; i++) {
      raster.setPixel(i % 8, i / 8, levels);
    }
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ImageWriteParam best = writer.getDefaultWriteParam();
    best.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
    best.setCompressionQuality(1);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      writer.setOutput(out);
      writer.write(null, new IIOImage(raster, null, null), best);
    }
    return bytes.toByteArray();
  }

  private static byte[] withSegment(byte[] jpeg, int marker, byte[] content) {
    return ByteBuffer.allocate(jpeg.length + content.length + 4)
        .put(jpeg, 0, 2)
        .put((byte) 0xFF)
        .put((byte) marker)
        .putShort((short) (content.length + 2))
        .put(content)
        .put(jpeg, 2, jpeg.length - 2)
        .array();
  }

  private static byte[] adobe(byte[] jpeg, int transform) {
    byte[] content = new byte[12];
    System.arraycopy("Adobe".getBytes(StandardCharsets.US_ASCII), 0, content, 0, 5);
    content[6] = 100;
    content[11] = (byte) transform;
    return withSegment(jpeg, 0xEE, content);
  }

  private static int[] first(byte[] file) {
    RawImage image = ImageFile.decode("x", file);
    return new int[] {image.at(0, 0, 0), image.at(0, 0, 1), image.at(0, 0, 2)};
  }

  @Test
  void takesInkFromWhite() throws IOException {
    assertThat(first(fourChannels(245, 235, 225, 0))).containsExactly(10, 20, 30);
    assertThat(first(fourChannels(55, 155, 255, 51))).containsExactly(160, 80, 0);
  }

  @Test
  void takesInkAsInvertedBehindAdobesMarker() throws IOException {
    assertThat(first(adobe(fourChannels(10, 20, 30, 255), 0))).containsExactly(10, 20, 30);
    assertThat(first(adobe(fourChannels(200, 100, 0, 204), 0))).containsExactly(160, 80, 0);
  }

  @Test
  void convertsTheColorsOfYcck() throws IOException {
    assertThat(first(adobe(fourChannels(200, 128, 128, 255), 2))).containsExactly(55, 55, 55);
    assertThat(first(adobe(fourChannels(200, 128, 128, 102), 2))).containsExactly(22, 22, 22);
  }

  @Test
  void readsWebP() {
    RawImage image = ImageFile.decode("x", Base64.getDecoder().decode(WEBP));
    assertThat(image.width()).isEqualTo(5);
    assertThat(image.height()).isEqualTo(3);
    for (int x = 0; x < 5; x++) {
      for (int y = 0; y < 3; y++) {
        assertThat(image.at(x, y, 0)).isEqualTo(50 * x);
        assertThat(image.at(x, y, 1)).isEqualTo(80 * y);
        assertThat(image.at(x, y, 2)).isEqualTo(20 * (x + y));
      }
    }
  }

  @Test
  void refusesAWebPFrameThatIsTooLarge() {
    byte[] file = Base64.getDecoder().decode(WEBP);
    ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(21, 0x0FFFFFFF);
    assertThatThrownBy(() -> ImageFile.decode("big.webp", file))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("16384 x 16384 pixels");
  }

  @Test
  void refusesADamagedWebP() {
    byte[] file = Base64.getDecoder().decode(WEBP);
    byte[] half = java.util.Arrays.copyOf(file, 40);
    assertThatThrownBy(() -> ImageFile.decode("half.webp", half))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("half.webp");
  }

  @Test
  void readsTiff() throws IOException {
    Path file = ImageFiles.rgb(folder.resolve("a.tif"), 2, 0x010203, 0xFFFEFD);
    assertThat(ImageFile.read(file))
        .isEqualTo(RawImage.of(2, 1, 3, new byte[] {1, 2, 3, (byte) 255, (byte) 254, (byte) 253}));
    Path gray = ImageFiles.gray(folder.resolve("g.tiff"), 3, 0, 100, 255);
    assertThat(ImageFile.read(gray))
        .isEqualTo(RawImage.of(3, 1, 1, new byte[] {0, 100, (byte) 255}));
  }

  private static byte[] jpeg(int width, int height) throws IOException {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(image, "jpeg", bytes);
    return bytes.toByteArray();
  }

  private static byte[] exif(int orientation) {
    return ByteBuffer.allocate(32)
        .put("Exif\0\0MM\0*".getBytes(StandardCharsets.US_ASCII))
        .putInt(8)
        .putShort((short) 1)
        .putShort((short) 0x0112)
        .putShort((short) 3)
        .putInt(1)
        .putShort((short) orientation)
        .putShort((short) 0)
        .putInt(0)
        .array();
  }

  @Test
  void turnsAnImageOnlyWhereThatIsDeclared() throws IOException {
    Path file = folder.resolve("a.jpg");
    Files.write(file, withSegment(jpeg(16, 8), 0xE1, exif(6)));
    assertThat(ImageFile.read(file).width()).isEqualTo(16);
    assertThat(ImageFile.read(file, Orientation.EXIF).width()).isEqualTo(8);
  }

  @Test
  void readsTheOrientationOfPng() throws IOException {
    Path file = ImageFiles.rgb(folder.resolve("a.png"), 2, 1, 2);
    byte[] png = Files.readAllBytes(file);
    byte[] tag = java.util.Arrays.copyOfRange(exif(3), 6, 32);
    byte[] kind = "eXIf".getBytes(StandardCharsets.US_ASCII);
    CRC32 check = new CRC32();
    check.update(kind);
    check.update(tag);
    byte[] turned =
        ByteBuffer.allocate(png.length + tag.length + 12)
            .put(png, 0, 33)
            .putInt(tag.length)
            .put(kind)
            .put(tag)
            .putInt((int) check.getValue())
            .put(png, 33, png.length - 33)
            .array();
    Files.write(file, turned);
    assertThat(ImageFile.read(file, Orientation.EXIF).at(0, 0, 2)).isEqualTo(2);
    assertThat(ImageFile.read(file).at(0, 0, 2)).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 3, 123456", "2, 3, 321654", "3, 3, 654321", "4, 3, 456123",
    "5, 2, 142536", "6, 2, 415263", "7, 2, 635241", "8, 2, 362514"
  })
  void turnsByTheEightOrientations(int orientation, int width, String expected) {
    RawImage turned = RawImage.of(3, 2, 1, new byte[] {1, 2, 3, 4, 5, 6}).turned(orientation);
    StringBuilder levels = new StringBuilder();
    for (byte level : turned.samples()) {
      levels.append(level);
    }
    assertThat(turned.width()).isEqualTo(width);
    assertThat(levels).hasToString(expected);
  }

  @Test
  void takesAnUnreadableTagForUpright() throws IOException {
    byte[] damaged = exif(6);
    damaged[6] = 99;
    assertThat(ExifOrientation.of(withSegment(jpeg(8, 8), 0xE1, damaged))).isEqualTo(1);
    assertThat(ExifOrientation.of(withSegment(jpeg(8, 8), 0xE1, exif(77)))).isEqualTo(1);
  }

  @Test
  void recordsOrientationOnlyWhereItIsNotTheDefault() {
    Preprocessing stored = Preprocessing.plain(ColorMode.RGB, Normalization.UNIT);
    assertThat(stored.toJson()).doesNotContain("orientation");
    assertThat(stored.withOrientation(Orientation.EXIF).toJson())
        .contains("\"orientation\":\"exif\"");
  }

  @Test
  void takesDetectorsAndTextUprightAndClassifiersAsStored() {
    assertThat(PreprocessingPresets.all().entrySet())
        .allSatisfy(preset ->
            assertThat(preset.getValue().orientation())
                .isEqualTo(
                    preset.getKey().equals("imagenet") ? Orientation.STORED : Orientation.EXIF));
  }

  @Test
  void listsWhatIsNotRead() throws IOException {
    ImageFiles.rgb(folder.resolve("cat/a.png"), 1, 1);
    Files.writeString(folder.resolve("cat/b.heic"), "not read");
    Files.writeString(folder.resolve("cat/c"), "not read");
    Files.createDirectories(folder.resolve("cat/d.png"));
    ImageDataset data =
        ImageFolder.open(folder, Preprocessing.plain(ColorMode.RGB, Normalization.UNIT), "x");
    assertThat(data.size()).isEqualTo(1);
    assertThat(data.skipped())
        .extracting(SkippedFile::file)
        .isEqualTo(List.of(folder.resolve("cat/b.heic"), folder.resolve("cat/c")));
  }
}
