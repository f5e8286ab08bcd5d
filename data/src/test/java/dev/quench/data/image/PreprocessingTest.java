// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.run.dataset.DataException;
import dev.quench.tensor.DataType;
import dev.quench.testing.Property;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class PreprocessingTest {
  @TempDir private Path folder;

  @Test
  void readsBackWhatItWrote() {
    Property.check(
        "preprocessing as JSON",
        200,
        (random, size) -> {
          Preprocessing declared = any(random);
          Path file = folder.resolve("p" + size + ".json");
          declared.write(file);

          Preprocessing read = Preprocessing.read(file);

          assertThat(read).isEqualTo(declared);
          assertThat(read.digest()).isEqualTo(declared.digest());
          assertThat(parse(declared.toJson())).isEqualTo(declared);
        });
  }

  @Test
  void writesAFixedForm() {
    assertThat(Preprocessing.IMAGENET.toJson())
        .isEqualTo(
            """
            {"preprocessingVersion":1,"color":"rgb","convertColor":true,\
            "resize":{"mode":"shorter-side","size":256,"multipleOf":1,"limit":false},\
            "interpolation":"bilinear-antialias","crop":{"width":224,"height":224},\
            "scale":0.00392156862745098,"mean":[0.485,0.456,0.406],"std":[0.229,0.224,0.225],\
            "layout":"NCHW","dataType":"FLOAT"}\
            """);
  }

  private static String guide() throws IOException {
    return Files.readString(Path.of("../docs/evaluate.md"));
  }

  @Test
  void theGuideWritesThePresetOut() throws IOException {
    String guide = guide();
    int begin = guide.indexOf("```json") + "```json".length();
    assertThat(parse(guide.substring(begin, guide.indexOf("```", begin))))
        .isEqualTo(Preprocessing.IMAGENET);
  }

  @ParameterizedTest
  @EnumSource(Interpolation.class)
  void theGuideListsEveryInterpolation(Interpolation interpolation) throws IOException {
    assertThat(guide()).contains("\n| `%s` |".formatted(DeclaredFields.hyphenated(interpolation)));
  }

  @Test
  void takesDefaultsAndFractions() throws IOException {
    Preprocessing read =
        parse("{\"color\": \"bgr\", \"scale\": \"1/255\", \"mean\": [1, 2, 3], \"std\": 2}");

    assertThat(read)
        .isEqualTo(
            Preprocessing.plain(
                ColorMode.BGR,
                new Normalization(1 / 255.0, List.of(1.0, 2.0, 3.0), List.of(2.0, 2.0, 2.0))));
  }

  @Test
  void keepsPresetsThatReadBack() throws IOException {
    assertThat(PreprocessingPresets.all()).containsKeys("imagenet", "yolo-640");
    for (Preprocessing preset : PreprocessingPresets.all().values()) {
      assertThat(parse(preset.toJson())).isEqualTo(preset);
    }
    assertThat(PreprocessingPresets.find("imagenet")).contains(Preprocessing.IMAGENET);
    assertThat(PreprocessingPresets.find("other")).isEmpty();
  }

  @Test
  void hasAnotherDigestForAnotherDeclaration() {
    assertThat(Preprocessing.IMAGENET.digest())
        .isNotEqualTo(
            Preprocessing.IMAGENET
                .withResize(new Resize.ShorterSide(257, 1, false), Interpolation.BILINEAR)
                .digest());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{}|field 'color' is missing",
        "{\"color\":\"red\"}|field 'color' is 'red', expected one of [gray, rgb, bgr]",
        "{\"color\":\"rgb\",\"colour\":1}|field 'colour' is unknown",
        "{\"color\":\"rgb\",\"resize\":{\"mode\":\"exact\",\"width\":2}}|'resize.height' is missing",
        "{\"color\":\"rgb\",\"resize\":{\"mode\":\"none\",\"size\":2}}|'resize.size' is unknown",
        "{\"color\":\"rgb\",\"resize\":{\"mode\":\"exact\",\"width\":99999,\"height\":1}}|size 99999, expected 1 to",
        "{\"color\":\"rgb\",\"mean\":[1,2]}|2 means for the 3 channels",
        "{\"color\":\"rgb\",\"std\":0}|standard deviation",
        "{\"color\":\"rgb\",\"scale\":\"x\"}|field 'scale' is 'x'",
        "{\"color\":\"rgb\",\"dataType\":\"STRING\"}|data type STRING",
        "{\"color\":\"rgb\",\"color\":\"gray\"}|expected valid JSON",
        "{\"color\":|expected valid JSON",
        "[]|expected a JSON object",
        "{\"color\":null}|field 'color' expected",
        "{\"color\":{\"a\":{\"b\":{\"c\":{\"d\":1}}}}}|expected valid JSON",
        "{\"preprocessingVersion\":2,\"color\":\"rgb\"}|is 2, expected 1"
      })
  void saysWhatIsWrong(String json, String problem) {
    assertThatThrownBy(() -> parse(json))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("p.json")
        .hasMessageContaining(problem);
  }

  @Test
  void refusesALargeFile() throws IOException {
    Path file = folder.resolve("large.json");
    Files.writeString(file, " ".repeat(1 << 17));

    assertThatThrownBy(() -> Preprocessing.read(file)).isInstanceOf(DataException.class);
  }

  private static Preprocessing parse(String json) throws IOException {
    return PreprocessingJson.parse("p.json", json.getBytes(StandardCharsets.UTF_8));
  }

  private static <E extends Enum<E>> E one(SplittableRandom random, Class<E> type) {
    return type.getEnumConstants()[random.nextInt(type.getEnumConstants().length)];
  }

  private static Preprocessing any(SplittableRandom random) {
    ColorMode color = one(random, ColorMode.class);
    int side = 1 + random.nextInt(500);
    Resize resize =
        List.of(
                new Resize.None(),
                new Resize.Exact(side, side + 1),
                new Resize.ShorterSide(side, 32, random.nextBoolean()),
                new Resize.LongerSide(side, 1, random.nextBoolean()),
                new Resize.FixedHeight(side, 1, 2 * side, 8),
                new Resize.Letterbox(side, 3, OptionalInt.of(114), random.nextBoolean()),
                new Resize.Letterbox(side, 4, OptionalInt.empty(), random.nextBoolean()))
            .get(random.nextInt(7));
    double[] mean = random.doubles(color.channels(), -3, 3).toArray();
    double[] std = random.doubles(color.channels(), 1e-9, 3).toArray();
    return new Preprocessing(
        color,
        random.nextBoolean(),
        resize,
        one(random, Interpolation.class),
        random.nextBoolean() ? Optional.empty() : Optional.of(new CenterCrop(side, 7)),
        Normalization.of(mean, std, random.nextDouble(0.001, 2)),
        one(random, Layout.class),
        random.nextBoolean() ? DataType.FLOAT : DataType.UINT8);
  }
}
