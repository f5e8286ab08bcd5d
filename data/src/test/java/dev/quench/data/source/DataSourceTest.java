// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.data.array.IdxDataset;
import dev.quench.data.array.NpyFile;
import dev.quench.data.image.ColorMode;
import dev.quench.data.image.Interpolation;
import dev.quench.data.image.Normalization;
import dev.quench.data.image.Preprocessing;
import dev.quench.data.image.ReadAhead;
import dev.quench.data.image.Resize;
import dev.quench.graph.ValueType;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.DataException;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.Labels;
import dev.quench.run.dataset.Mask;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.ImageFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DataSourceTest {
  private static final ValueType.TensorType IMAGES =
      ValueType.tensor(DataType.FLOAT, Shape.of(Dim.of("N"), Dim.of(3), Dim.of(2), Dim.of(2)));
  private static final DataOptions OPTIONS =
      DataOptions.of(Map.of("x", IMAGES))
          .withPreprocessing(Optional.of(Preprocessing.plain(ColorMode.RGB, Normalization.UNIT)));

  @TempDir private Path folder;

  @Test
  void parsesEveryForm() {
    Path p = Path.of("p");
    assertThat(DataSource.parse("idx:p")).isEqualTo(new DataSource.Idx(p));
    assertThat(DataSource.parse("cifar10:p")).isEqualTo(new DataSource.Cifar10(p));
    assertThat(DataSource.parse("images:p")).isEqualTo(new DataSource.Images(p));
    assertThat(DataSource.parse("segmentation:p")).isEqualTo(new DataSource.Segmentation(p));
    assertThat(DataSource.parse("coco:p")).isEqualTo(new DataSource.Coco(p, Optional.empty()));
    assertThat(DataSource.parse("coco:p,images=a:b,c"))
        .isEqualTo(new DataSource.Coco(p, Optional.of(Path.of("a:b,c"))));
    assertThat(DataSource.parse("text:p")).isEqualTo(new DataSource.Text(p));
    assertThat(DataSource.parse("npz:p")).isEqualTo(new DataSource.Npz(p));
    assertThat(DataSource.parse("npy:a=p,labels=q"))
        .isEqualTo(new DataSource.Npy(Map.of("a", p, "labels", Path.of("q"))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "images", "images:", "photos:p", "npy:p", "npy:=p", "npy:a=p,a=q", "coco:"})
  void saysWhatThereIs(String text) {
    assertThatThrownBy(() -> DataSource.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected idx:DIR, cifar10:DIR, images:DIR");
  }

  @Test
  void knowsItsOwnKinds() {
    assertThat(DataSource.isKnown("images:p")).isTrue();
    assertThat(DataSource.isKnown("demo")).isFalse();
  }

  @Test
  void asksForPreprocessingOfImages() throws IOException {
    ImageFiles.rgb(folder.resolve("a.png"), 2, 1, 2, 3, 4);

    assertThatThrownBy(
            () -> DataSource.parse("images:" + folder).open(DataOptions.of(Map.of("x", IMAGES))))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("need declared preprocessing");
  }

  @Test
  void opensImagesInTheBackgroundAndSkipsOnRequest() throws IOException {
    ImageFiles.rgb(folder.resolve("a.png"), 2, 1, 2, 3, 4);
    Files.writeString(folder.resolve("b.png"), "no image");

    Dataset data = DataSource.parse("images:" + folder).open(OPTIONS.withSkipDamaged(true));

    assertThat(data).isInstanceOf(ReadAhead.class);
    assertThat(data.size()).isEqualTo(1);
    assertThat(data.skipped()).hasSize(1);
    assertThat(data.preprocessing()).isEqualTo(OPTIONS.preprocessing().map(Preprocessing::toJson));
    assertThat(DataSource.parse("images:" + folder).open(OPTIONS.withReadAhead(0)).size())
        .isEqualTo(2);
  }

  @Test
  void refusesImagesForAModelOfTwoInputs() {
    Map<String, ValueType.TensorType> two = new LinkedHashMap<>();
    two.put("a", IMAGES);
    two.put("b", IMAGES);

    assertThatThrownBy(() -> DataSource.parse("cifar10:" + folder).open(DataOptions.of(two)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("takes [a, b]");
  }

  @Test
  void opensIdxWithNormalizationOrPreprocessing() throws IOException {
    ByteBuffer images = ByteBuffer.allocate(16 + 4).putInt(0x803).putInt(1).putInt(2).putInt(2);
    Files.write(folder.resolve("t10k-images-idx3-ubyte"), images.array());
    Files.write(
        folder.resolve("t10k-labels-idx1-ubyte"),
        ByteBuffer.allocate(9).putInt(0x801).putInt(1).put((byte) 7).array());
    DataSource source = DataSource.parse("idx:" + folder);

    assertThat(source.open(DataOptions.of(Map.of("x", IMAGES)))).isInstanceOf(IdxDataset.class);
    Dataset resized =
        source.open(
            OPTIONS.withPreprocessing(
                Optional.of(
                    Preprocessing.plain(ColorMode.GRAY, Normalization.UNIT)
                        .withResize(new Resize.Exact(5, 4), Interpolation.BILINEAR))));
    try (Stream<Batch> batches = resized.batches(1)) {
      Batch batch = batches.findFirst().orElseThrow();
      assertThat(batch.inputs().get("x").shape()).isEqualTo(Shape.of(1, 1, 4, 5));
      assertThat(batch.labels()).isEqualTo(new Labels.Classes(List.of(7)));
    }
  }

  @Test
  void opensArraysWithClassesOrMasks() throws IOException {
    Path tokens = folder.resolve("tokens.npy");
    NpyFile.write(tokens, Tensor.ofLongs(Shape.of(2, 3), 1, 2, 3, 4, 5, 6));
    Path masks = folder.resolve("masks.npy");
    NpyFile.write(masks, Tensor.ofInt8(Shape.of(2, 1, 2), (byte) 0, (byte) -1, (byte) 1, (byte) 2));

    Dataset data =
        DataSource.parse("npy:ids=" + tokens + ",labels=" + masks)
            .open(DataOptions.of(Map.of("ids", IMAGES)));

    try (Stream<Batch> batches = data.batches(1)) {
      List<Batch> all = batches.toList();
      assertThat(all.get(1).inputs().get("ids").toLongs()).containsExactly(4, 5, 6);
      assertThat(all.get(0).labels())
          .isEqualTo(new Labels.Masks(List.of(Mask.of(2, 1, new byte[] {0, (byte) 255}))));
      assertThat(all.get(1).labels())
          .isEqualTo(new Labels.Masks(List.of(Mask.of(2, 1, new byte[] {1, 2}))));
    }
    assertThat(
            DataSource.parse("npy:labels=" + tokens)
                .open(DataOptions.of(Map.of("labels", IMAGES)))
                .size())
        .as("a model may have an input of that name")
        .isEqualTo(2);
  }
}
