// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.quench.data.annotation.ImageFolder;
import dev.quench.data.array.TensorDataset;
import dev.quench.data.image.ColorMode;
import dev.quench.data.image.ImageDataset;
import dev.quench.data.image.Normalization;
import dev.quench.data.image.Preprocessing;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.Labels;
import dev.quench.run.dataset.SampleChoice;
import dev.quench.run.dataset.Sampling;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.ImageFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SampleChoiceTest {
  @TempDir private Path folder;

  private static int[] sorted(int... sizes) {
    return IntStream.range(0, sizes.length)
        .flatMap(group -> IntStream.generate(() -> group).limit(sizes[group]))
        .toArray();
  }

  private static int[] counts(int[] classes, int count, long seed) {
    int[] counts = new int[Arrays.stream(classes).max().orElseThrow() + 1];
    SampleChoice.of(classes, count, seed).forEach(position -> counts[classes[position]]++);
    return counts;
  }

  @Test
  void takesEquallyManyOfEqualClasses() {
    assertThat(counts(sorted(50, 50, 50, 50, 50), 20, 7)).containsOnly(4);
  }

  @Test
  void takesFromEachClassInProportionButAtLeastOne() {
    assertThat(counts(sorted(900, 90, 9, 1), 50, 3)).containsExactly(43, 5, 1, 1);
  }

  @Test
  void neverTakesMoreThanAClassHas() {
    assertThat(counts(sorted(1, 1, 1, 7), 9, 3)).containsExactly(1, 1, 1, 6);
  }

  @Test
  void takesFromDifferentClassesWhereThereAreFewerSamplesThanClasses() {
    assertThat(counts(sorted(5, 5, 5, 5, 5, 5), 4, 11)).contains(1).doesNotContain(2, 3, 4);
  }

  @Test
  void isTheSameForEqualSeedsAndAnotherForOthers() {
    assertThat(SampleChoice.uniform(1000, 30, 5)).isEqualTo(SampleChoice.uniform(1000, 30, 5));
    assertThat(SampleChoice.uniform(1000, 30, 5)).isNotEqualTo(SampleChoice.uniform(1000, 30, 6));
  }

  @Test
  void reachesAllOfUnlabelledData() {
    List<Integer> chosen = SampleChoice.uniform(1000, 100, 1);
    assertThat(chosen).isSorted().doesNotHaveDuplicates().hasSize(100);
    assertThat(chosen.stream().filter(position -> position >= 500).count()).isBetween(30L, 70L);
  }

  @Test
  void takesAll() {
    assertThat(SampleChoice.uniform(3, 3, 1)).containsExactly(0, 1, 2);
    assertThatIllegalArgumentException().isThrownBy(() -> SampleChoice.uniform(3, 4, 1));
  }

  @Test
  void spreadsOverTheFoldersOfClasses() throws IOException {
    for (int i = 0; i < 12; i++) {
      ImageFiles.rgb(folder.resolve("abc".charAt(i / 4) + "/" + i + ".png"), 1, i);
    }
    ImageDataset all =
        ImageFolder.open(folder, Preprocessing.plain(ColorMode.RGB, Normalization.UNIT), "x");

    ImageDataset some = all.sample(3, 1);

    assertThat(labels(some)).isEqualTo(new Labels.Classes(List.of(0, 1, 2)));
    assertThat(some.sampling()).isEqualTo(Optional.of(new Sampling(1, 12)));
    assertThat(all.sample(12, 1)).isSameAs(all);
  }

  @Test
  void takesRowsOfArraysWithTheirLabels() throws IOException {
    Tensor rows = Tensor.ofFloats(Shape.of(4, 1), 10, 11, 12, 13);
    Labels labels = new Labels.Classes(List.of(1, 1, 0, 0));

    Dataset some = TensorDataset.of("rows", Map.of("x", rows), labels).sample(2, 9);

    try (Stream<Batch> batches = some.batches(2)) {
      Batch only = batches.findFirst().orElseThrow();
      assertThat(only.labels()).isEqualTo(new Labels.Classes(List.of(1, 0)));
      float[] values = only.inputs().get("x").toFloats();
      assertThat(values[0]).isBetween(10f, 11f);
      assertThat(values[1]).isBetween(12f, 13f);
    }
  }

  private static Labels labels(Dataset data) throws IOException {
    try (Stream<Batch> batches = data.batches(100)) {
      return batches.findFirst().orElseThrow().labels();
    }
  }
}
