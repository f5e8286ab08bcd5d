// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.annotation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.data.image.ColorMode;
import dev.quench.data.image.Normalization;
import dev.quench.data.image.Preprocessing;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Box;
import dev.quench.run.dataset.DataException;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.LabelledBox;
import dev.quench.run.dataset.Labels;
import dev.quench.testing.ImageFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CocoFileTest {
  private static final String IMAGES =
      "\"images\":[{\"id\":9,\"file_name\":\"b.png\",\"width\":3,\"height\":2},{\"file_name\":\"a.png\",\"id\":4}]";
  private static final String CATEGORIES =
      "\"categories\":[{\"id\":90,\"name\":\"toothbrush\"},{\"id\":1,\"name\":\"person\"}]";

  @TempDir private Path folder;

  @BeforeEach
  void writeImages() throws IOException {
    ImageFiles.rgb(folder.resolve("val/a.png"), 3, 1, 2, 3, 4, 5, 6);
    ImageFiles.rgb(folder.resolve("val/b.png"), 3, 1, 2, 3, 4, 5, 6);
  }

  private Dataset open(String json) throws IOException {
    Path file = folder.resolve("annotations/instances_val.json");
    Files.createDirectories(file.getParent());
    Files.writeString(file, json);
    return CocoFile.open(
        file, Optional.empty(), Preprocessing.plain(ColorMode.RGB, Normalization.UNIT), "x");
  }

  private static String annotation(String fields) {
    return "\"annotations\":[{\"id\":77," + fields + "}]";
  }

  @Test
  void readsBoxesOfEachImageInTheOrderOfTheirNumbers() throws IOException {
    Dataset data =
        open(
            "{\"info\":{\"year\":[1,{\"x\":2}]},"
                + "\"annotations\":["
                + "{\"id\":1,\"image_id\":9,\"category_id\":90,\"bbox\":[1,0,2,1.5],\"area\":2.5,\"iscrowd\":0,\"segmentation\":[[1,2,3]]},"
                + "{\"id\":2,\"image_id\":9,\"category_id\":1,\"bbox\":[0,0,1,1],\"iscrowd\":1,\"segmentation\":{\"counts\":[1]}}],"
                + IMAGES
                + ","
                + CATEGORIES
                + "}");

    assertThat(data.classNames()).containsExactly("person", "toothbrush");
    try (Stream<Batch> batches = data.batches(2)) {
      assertThat(batches.findFirst().orElseThrow().labels())
          .isEqualTo(
              new Labels.Boxes(
                  List.of(
                      List.of(),
                      List.of(
                          new LabelledBox(new Box(1, 0, 3, 1.5), 1, 2.5, false),
                          new LabelledBox(new Box(0, 0, 1, 1), 0, 1, true)))));
    }
  }

  @Test
  void namesAnAnnotationThatDoesNotFit() {
    assertThatThrownBy(() ->
            open(
                "{"
                    + IMAGES
                    + ","
                    + CATEGORIES
                    + ","
                    + annotation("\"image_id\":5,\"category_id\":1,\"bbox\":[1,0,2,1]")
                    + "}"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("annotation 77 refers to image 5 and category 1");
    assertThatThrownBy(() ->
            open("{" + annotation("\"image_id\":9,\"category_id\":1,\"bbox\":[1,0,-2,1]") + "}"))
        .hasMessageContaining("annotation 77 has no box");
    assertThatThrownBy(() ->
            open("{" + annotation("\"image_id\":9,\"category_id\":1,\"bbox\":[1,0,2,1,4]") + "}"))
        .hasMessageContaining("annotation 77 has no box");
    assertThatThrownBy(() ->
            open("{" + annotation("\"image_id\":9,\"category_id\":1,\"bbox\":[1,0,1e999,1]") + "}"))
        .hasMessageContaining("field 'bbox': expected a finite number, got 1e999");
  }

  @Test
  void refusesAnImageOfAnotherSize() throws IOException {
    ImageFiles.rgb(folder.resolve("val/b.png"), 1, 1, 2);
    Dataset data = open("{" + IMAGES + "," + CATEGORIES + ",\"annotations\":[]}");

    try (Stream<Batch> batches = data.batches(1)) {
      assertThatThrownBy(() -> batches.forEach(_ -> {}))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("the image has 1 x 2 pixels, but its annotations say 3 x 2");
    }
  }

  @Test
  void keepsToTheFolderOfImages() {
    assertThatThrownBy(() -> open("{\"images\":[{\"id\":1,\"file_name\":\"../../x/secret.png\"}]}"))
        .isInstanceOf(DataException.class);
    assertThatThrownBy(() ->
            CocoFile.open(
                Files.writeString(
                    folder.resolve("b.json"),
                    "{\"images\":[{\"id\":1,\"file_name\":\"../val/a.png\"}]}"),
                Optional.of(folder.resolve("annotations")),
                Preprocessing.plain(ColorMode.RGB, Normalization.UNIT),
                "x"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("leads out of the folder");
  }

  @Test
  void refusesOtherFiles() {
    assertThatThrownBy(() -> open("[]")).hasMessageContaining("expected a JSON object");
    assertThatThrownBy(() -> open("{\"images\":[")).hasMessageContaining("expected valid JSON");
    assertThatThrownBy(() -> open("{\"a\":" + "[".repeat(50) + "]".repeat(50) + "}"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("expected valid JSON");
    assertThatThrownBy(() -> open("{}")).hasMessageContaining("lists no images");
    assertThatThrownBy(() -> open("{\"images\":[{\"id\":1}]}"))
        .hasMessageContaining("lacks its id or a valid file_name");
    assertThatThrownBy(() -> open("{\"images\":[{\"id\":1,\"file_name\":\"a\\u0000\"}]}"))
        .hasMessageContaining("lacks its id or a valid file_name");
    assertThatThrownBy(() -> open("{\"images\":[{\"id\":true,\"file_name\":\"a.png\"}]}"))
        .isInstanceOf(DataException.class);
  }

  private static Labels labels(Dataset data) throws IOException {
    try (Stream<Batch> batches = data.batches(2)) {
      return batches.findFirst().orElseThrow().labels();
    }
  }

  @Test
  void takesTruthValuesTextsAndNullAsExportersWriteThem() throws IOException {
    Dataset data =
        open(
            "{\"images\":[{\"id\":\"9\",\"file_name\":\"b.png\",\"width\":null,\"height\":null},{\"id\":\"x7\",\"file_name\":\"a.png\"}],"
                + "\"annotations\":["
                + "{\"id\":\"k\",\"image_id\":9.0,\"category_id\":\"1\",\"bbox\":[0,0,1,1],\"area\":null,\"iscrowd\":true},"
                + "{\"id\":null,\"image_id\":\"x7\",\"category_id\":90,\"bbox\":[0,0,2,1],\"area\":5,\"iscrowd\":false}],"
                + CATEGORIES
                + "}");
    assertThat(labels(data))
        .isEqualTo(
            new Labels.Boxes(
                List.of(
                    List.of(new LabelledBox(new Box(0, 0, 1, 1), 0, 1, true)),
                    List.of(new LabelledBox(new Box(0, 0, 2, 1), 1, 5, false)))));
  }

  @Test
  void namesTheFieldThatHasAnotherKind() {
    assertThatThrownBy(() ->
            open(
                "{"
                    + IMAGES
                    + ","
                    + CATEGORIES
                    + ","
                    + annotation("\"image_id\":true,\"category_id\":1,\"bbox\":[0,0,1,1]")
                    + "}"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(
            "entry 0 of 'annotations': field 'image_id': expected a whole number");
    assertThatThrownBy(() ->
            open(
                "{"
                    + IMAGES
                    + ","
                    + CATEGORIES
                    + ","
                    + annotation("\"image_id\":4,\"category_id\":1,\"bbox\":[0,0,null,1]")
                    + "}"))
        .hasMessageContaining("field 'bbox': expected numbers without null");
  }

  @ParameterizedTest
  @CsvSource({
    "'\"64\"', 'expected a number, got \"64\"'",
    "NaN, 'expected a finite number, got NaN'",
    "-Infinity, 'expected a finite number, got -Infinity'"
  })
  void showsWhatAnAreaIs(String area, String message) {
    assertThatThrownBy(() ->
            open(
                "{"
                    + IMAGES
                    + ","
                    + CATEGORIES
                    + ","
                    + annotation(
                        "\"image_id\":4,\"category_id\":1,\"bbox\":[0,0,1,1],\"area\":" + area)
                    + "}"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("field 'area': " + message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1152921504606846977", "-3", "98765432109876543210"})
  void takesEveryWholeNumberAsAnId(String id) throws IOException {
    Dataset data =
        open(
            "{\"images\":[{\"id\":ID,\"file_name\":\"b.png\"}],\"annotations\":[{\"id\":-1,\"image_id\":\"ID\",\"category_id\":1,\"bbox\":[0,0,1,1],\"area\":1,\"iscrowd\":0}],"
                    .replace("ID", id)
                + CATEGORIES
                + "}");
    assertThat(labels(data))
        .isEqualTo(
            new Labels.Boxes(List.of(List.of(new LabelledBox(new Box(0, 0, 1, 1), 0, 1, false)))));
  }

  @Test
  void saysWhereTheJsonEnds() {
    assertThatThrownBy(() -> open("{" + IMAGES))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("(line 1, column ")
        .hasMessageNotContaining("REDACTED");
  }
}
