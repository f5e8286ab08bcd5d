// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.run.dataset.DataException;
import dev.quench.run.dataset.Mask;
import dev.quench.testing.ImageFiles;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageFileTest {
  @TempDir private Path folder;

  @Test
  void keepsColorsAndTheirOrder() throws IOException {
    Path file = ImageFiles.rgb(folder.resolve("a.png"), 2, 0x010203, 0xFFFEFD);

    RawImage image = ImageFile.read(file);

    assertThat(image)
        .isEqualTo(RawImage.of(2, 1, 3, new byte[] {1, 2, 3, (byte) 255, (byte) 254, (byte) 253}));
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "bmp", "gif"})
  void keepsGrayLevelsAsTheyAreStored(String format) throws IOException {
    Path file = ImageFiles.gray(folder.resolve("a." + format), 3, 0, 100, 255);

    RawImage image = ImageFile.read(file);

    assertThat(image.at(1, 0, 0)).isEqualTo(100);
    assertThat(image).isEqualTo(RawImage.of(3, 1, 1, new byte[] {0, 100, (byte) 255}));
  }

  @Test
  void takesTheUpperEightOfSixteenBits() throws IOException {
    Path file = ImageFiles.gray16(folder.resolve("a.png"), 2, 0x12FF, 0xFF00);

    assertThat(ImageFile.read(file)).isEqualTo(RawImage.of(2, 1, 1, new byte[] {0x12, (byte) 255}));
  }

  @Test
  void dropsTheAlphaChannel() throws IOException {
    BufferedImage transparent = new BufferedImage(1, 1, BufferedImage.TYPE_INT_ARGB);
    transparent.setRGB(0, 0, 0x40112233);
    Path file = folder.resolve("a.png");
    ImageIO.write(transparent, "png", file.toFile());

    assertThat(ImageFile.read(file)).isEqualTo(RawImage.of(1, 1, 3, new byte[] {0x11, 0x22, 0x33}));
  }

  /// The decoder gives the frame of 4 x 4 pixels without the canvas of 8 x 8 around it.
  @Test
  void refusesAGifWhoseFrameIsSmallerThanItsCanvas() throws IOException {
    Path file = folder.resolve("a.gif");
    Files.write(
        file,
        HexFormat.of()
            .parseHex(
                "474946383961080008008000000000000a141e2c04000400040004000002"
                    + "0d0cc3300cc3300cc3300cc33005003b"));

    assertThatThrownBy(() -> ImageFile.read(file))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("covers 4 x 4 pixels at (4, 4) of 8 x 8");
  }

  /// The decoder takes the lightness for linear.
  @Test
  void refusesATiffInCielab() throws IOException {
    Path file = folder.resolve("a.tif");
    ImageIO.write(new BufferedImage(2, 2, BufferedImage.TYPE_INT_RGB), "tif", file.toFile());
    assertThat(ImageFile.read(file).channels()).isEqualTo(3);
    byte[] bytes = Files.readAllBytes(file);
    boolean little = bytes[0] == 'I';
    byte[] rgb = HexFormat.of().parseHex(little ? "060103000100000002" : "01060003000000010002");
    int at = indexOf(bytes, rgb);
    bytes[at + rgb.length - 1] = 8;
    Files.write(file, bytes);

    assertThatThrownBy(() -> ImageFile.read(file))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("CIELAB");
  }

  @Test
  void looksUpPalettes() throws IOException {
    Path file = ImageFiles.palette(folder.resolve("a.png"), 2, 3, 200);

    assertThat(ImageFile.read(file))
        .isEqualTo(RawImage.of(2, 1, 3, new byte[] {3, (byte) 252, 7, (byte) 200, 55, 7}));
  }

  @Test
  void readsMasksFromPalettesAndGrayLevels() throws IOException {
    Path palette = ImageFiles.palette(folder.resolve("a.png"), 2, 3, 255);
    Path gray = ImageFiles.gray(folder.resolve("b.png"), 2, 3, 255);
    Mask expected = Mask.of(2, 1, new byte[] {3, (byte) 255});

    assertThat(ImageFile.readMask(palette)).isEqualTo(expected);
    assertThat(ImageFile.readMask(gray)).isEqualTo(expected);
  }

  @Test
  void refusesAColouredMask() throws IOException {
    Path file = ImageFiles.rgb(folder.resolve("a.png"), 1, 0x010203);

    assertThatThrownBy(() -> ImageFile.readMask(file))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("a.png")
        .hasMessageContaining("palette or grayscale");
  }

  @Test
  void refusesAnImageBombByItsHeader() throws IOException {
    Path file = folder.resolve("bomb.png");
    Files.write(file, pngHeader(100_000, 100_000));

    assertThatThrownBy(() -> ImageFile.read(file))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("bomb.png")
        .hasMessageContaining("100000 x 100000 pixels")
        .hasMessageContaining("use a smaller image");
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "jpg", "bmp", "gif"})
  void namesADamagedFile(String format) throws IOException {
    Path file = ImageFiles.noise(folder.resolve("whole." + format), 64, 64, 7);
    byte[] bytes = Files.readAllBytes(file);
    Path damaged = folder.resolve("half." + format);
    Files.write(damaged, Arrays.copyOf(bytes, bytes.length / 2));

    assertThatThrownBy(() -> ImageFile.read(damaged))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("half." + format);
    assertThat(ImageFile.read(file).width()).isEqualTo(64);
  }

  @Test
  void saysThatATextIsNoImage() throws IOException {
    Path file = folder.resolve("a.png");
    Files.writeString(file, "hello");

    assertThatThrownBy(() -> ImageFile.read(file))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("a.png: not an image");
  }

  private static byte[] pngHeader(int width, int height) throws IOException {
    ByteArrayOutputStream chunk = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(chunk);
    out.write("IHDR".getBytes(StandardCharsets.US_ASCII));
    out.writeInt(width);
    out.writeInt(height);
    out.write(new byte[] {8, 2, 0, 0, 0});
    CRC32 crc = new CRC32();
    crc.update(chunk.toByteArray());
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    DataOutputStream png = new DataOutputStream(file);
    png.writeLong(0x89504E470D0A1A0AL);
    png.writeInt(13);
    png.write(chunk.toByteArray());
    png.writeInt((int) crc.getValue());
    png.writeInt(0);
    png.write("IDAT".getBytes(StandardCharsets.US_ASCII));
    png.writeInt(0);
    return file.toByteArray();
  }

  private static int indexOf(byte[] bytes, byte[] part) {
    int at = 0;
    while (!Arrays.equals(bytes, at, at + part.length, part, 0, part.length)) {
      at++;
    }
    return at;
  }
}
