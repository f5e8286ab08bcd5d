// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.annotation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.data.image.ColorMode;
import dev.quench.data.image.Normalization;
import dev.quench.data.image.Preprocessing;
import dev.quench.data.source.DataOptions;
import dev.quench.data.source.DataSource;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Box;
import dev.quench.run.dataset.LabelledBox;
import dev.quench.run.dataset.Labels;
import dev.quench.testing.ImageFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Classes of images against those of a model.
class ClassMatchTest {
  private static final Preprocessing RGB = Preprocessing.plain(ColorMode.RGB, Normalization.UNIT);

  @TempDir private Path folder;

  private void image(String name) throws IOException {
    ImageFiles.rgb(folder.resolve(name), 1, name.hashCode() & 0xFFFFFF);
  }

  private static ModelClasses named(String... names) {
    return new ModelClasses(List.of(names), OptionalInt.of(names.length));
  }

  private static ModelClasses counted(int count) {
    return new ModelClasses(List.of(), OptionalInt.of(count));
  }

  private Labels labels(String source, ModelClasses classes, OptionalInt offset)
      throws IOException {
    DataOptions options =
        DataOptions.of(
                Map.of(
                    "x",
                    dev.quench.graph.ValueType.tensor(
                        dev.quench.tensor.DataType.FLOAT, dev.quench.tensor.Shape.of(1, 3, 1, 1))))
            .withPreprocessing(Optional.of(RGB))
            .withClasses(classes, offset);
    try (Stream<Batch> batches =
        DataSource.parse("images:" + folder.resolve(source)).open(options).batches(9)) {
      return batches.findFirst().orElseThrow().labels();
    }
  }

  private Labels labels(ModelClasses classes) throws IOException {
    return labels("", classes, OptionalInt.empty());
  }

  private static Labels classes(Integer... indices) {
    return new Labels.Classes(List.of(indices));
  }

  @Test
  void takesTheIndicesOfTheModelsNames() throws IOException {
    image("cat/1.png");
    image("dog/1.png");
    image("fire_truck/1.png");
    assertThat(labels(named("Dog", "bird", "fire truck", "cat"))).isEqualTo(classes(3, 0, 2));
  }

  @Test
  void takesTheFirstOfSeveralNamesOfAClass() throws IOException {
    image("tench/1.png");
    image("goldfish/1.png");
    assertThat(labels(named("tench, Tinca tinca", "goldfish, Carassius auratus")))
        .isEqualTo(classes(1, 0));
  }

  @Test
  void saysWhyAnUnknownNameHasNoLabel() throws IOException {
    image("cat/1.png");
    image("cow/1.png");
    assertThat(labels(named("cat", "dog")).kind())
        .contains("no usable labels", "'cow' is not among the 2 classes", "classes.txt");
  }

  @Test
  void saysThatANameIsUsedTwice() throws IOException {
    image("crane/1.png");
    assertThat(labels(named("crane", "Crane")).kind()).contains("several classes 'crane'");
  }

  @Test
  void takesAListAsLongAsTheModelsInItsOrder() throws IOException {
    image("n01/1.png");
    image("n02/1.png");
    Files.writeString(folder.resolve("classes.txt"), "n02\nn01\n");
    assertThat(labels(named("cat", "dog"))).isEqualTo(classes(1, 0));
    assertThat(labels(named("cat", "dog", "cow")).kind()).contains("no usable labels");
  }

  @Test
  void refusesAnotherNumberOfClasses() throws IOException {
    image("a/1.png");
    image("b/1.png");
    assertThat(labels(counted(2))).isEqualTo(classes(0, 1));
    assertThat(labels(counted(3)).kind())
        .contains("has 2 classes, but the model gives 3 scores", "--label-offset 1");
    assertThat(labels(counted(1)).kind()).contains("--label-offset -1");
    assertThat(labels(counted(1000)).kind()).contains("classes.txt");
  }

  @Test
  void addsAnOffset() throws IOException {
    image("a/1.png");
    image("b/1.png");
    assertThat(labels("", counted(3), OptionalInt.of(1))).isEqualTo(classes(1, 2));
    assertThat(labels("", counted(3), OptionalInt.of(0))).isEqualTo(classes(0, 1));
    assertThatThrownBy(() -> labels("", counted(1), OptionalInt.of(-1)))
        .hasMessageContaining("label 0 with offset -1 is -1");
  }

  @Test
  void readsAListOfFilesAndNumbers() throws IOException {
    image("deep/a b.png");
    image("c.png");
    Files.writeString(folder.resolve("val.txt"), "deep/a b.png 7\n\nc.png\t3\n");
    assertThat(labels("val.txt", ModelClasses.UNKNOWN, OptionalInt.empty()))
        .isEqualTo(classes(7, 3));
  }

  @Test
  void readsCsvWithColumnNamesInAnyOrder() throws IOException {
    image("a.png");
    image("b.png");
    Files.writeString(
        folder.resolve("val.csv"), "class,width,filename\n\"cat, wild\",1,a.png\ndog,1,b.png\n");
    assertThat(labels("val.csv", named("dog", "cat, wild"), OptionalInt.empty()))
        .isEqualTo(classes(1, 0));
  }

  @Test
  void readsCsvWithoutColumnNames() throws IOException {
    image("a.png");
    Files.writeString(folder.resolve("val.csv"), "a.png,12\n");
    assertThat(labels("val.csv", ModelClasses.UNKNOWN, OptionalInt.empty())).isEqualTo(classes(12));
  }

  @Test
  void takesImagesOfAnotherFolder() throws IOException {
    image("photos/a.png");
    Files.writeString(folder.resolve("val.tsv"), "a.png\t1\n");
    assertThat(
            labels(
                "photos,labels=" + folder.resolve("val.tsv"),
                ModelClasses.UNKNOWN,
                OptionalInt.empty()))
        .isEqualTo(classes(1));
  }

  @Test
  void namesTheLineThatIsNotUnderstood() throws IOException {
    image("a.png");
    Files.writeString(folder.resolve("val.txt"), "a.png 1\nb.png 2\n");
    assertThatThrownBy(() -> labels("val.txt", ModelClasses.UNKNOWN, OptionalInt.empty()))
        .hasMessageContaining("val.txt line 2: no file 'b.png'");
    Files.writeString(folder.resolve("val.txt"), "a.png\n");
    assertThatThrownBy(() -> labels("val.txt", ModelClasses.UNKNOWN, OptionalInt.empty()))
        .hasMessageContaining("val.txt line 1: expected an image and its class");
  }

  @Test
  void keepsTheDigestOfClassesThatTheModelOrdersOtherwise() throws IOException {
    image("cat/1.png");
    image("dog/1.png");
    assertThat(ImageFolder.open(folder, RGB, "x", named("dog", "cat"), false).digest())
        .isEqualTo(ImageFolder.open(folder, RGB, "x").digest());
  }

  @Test
  void matchesCategoriesByName() throws IOException {
    image("a.png");
    Files.writeString(
        folder.resolve("coco.json"),
        "{\"images\":[{\"id\":1,\"file_name\":\"a.png\"}],"
            + "\"categories\":[{\"id\":1,\"name\":\"cat\"},{\"id\":2,\"name\":\"dog\"}],"
            + "\"annotations\":[{\"id\":1,\"image_id\":1,\"category_id\":2,\"bbox\":[0,0,1,1]}]}");
    assertThat(boxes("dog", "cow", "cat"))
        .isEqualTo(
            new Labels.Boxes(List.of(List.of(new LabelledBox(new Box(0, 0, 1, 1), 0, 1, false)))));
    assertThat(boxes("kitten", "dog").kind()).isEqualTo("boxes");
    assertThat(boxes("dog", "kitten").kind()).contains("'cat' is not among the 2 classes");
  }

  private Labels boxes(String... names) throws IOException {
    try (Stream<Batch> batches =
        CocoFile.open(folder.resolve("coco.json"), Optional.empty(), RGB, "x", List.of(names))
            .batches(1)) {
      return batches.findFirst().orElseThrow().labels();
    }
  }
}
