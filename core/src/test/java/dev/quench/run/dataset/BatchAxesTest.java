// SPDX-License-Identifier: Apache-2.0
package dev.quench.run.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class BatchAxesTest {
  private final Map<String, Shape> inputs = new LinkedHashMap<>();

  private BatchAxesTest input(String name, Object... dims) {
    Dim[] all = new Dim[dims.length];
    for (int i = 0; i < dims.length; i++) {
      all[i] =
          dims[i] instanceof String symbol
              ? symbol.equals("?") ? Dim.UNKNOWN : Dim.of(symbol)
              : Dim.of((Integer) dims[i]);
    }
    inputs.put(name, Shape.of(all));
    return this;
  }

  private OptionalInt axis(String name) {
    return BatchAxes.of(inputs).of(name);
  }

  private OptionalInt size() {
    return BatchAxes.of(inputs).fixedSize(inputs);
  }

  @Test
  void followsTheSharedName() {
    input("state", 2, "N", 16).input("x", "N", 64).input("rate");
    assertThat(axis("state")).hasValue(1);
    assertThat(axis("x")).hasValue(0);
    assertThat(axis("rate")).isEmpty();
    assertThat(size()).isEmpty();
  }

  @Test
  void findsABatchByItsName() {
    input("frames", "time", "batch_size", 80);
    assertThat(axis("frames")).hasValue(1);
  }

  @Test
  void prefersTheNameThatMoreInputsShare() {
    input("rois", "R", 4).input("x", "N", 3, 8, 8).input("y", "N", 5);
    assertThat(axis("x")).hasValue(0);
    assertThat(axis("rois")).hasValue(0);
    input("boxes", 6, "N");
    assertThat(axis("boxes")).hasValue(1);
  }

  @Test
  void findsASharedNameBehindDifferentLeadingSizes() {
    input("h", 2, "M", 16).input("x", 10, "M", 3);
    assertThat(axis("h")).hasValue(1);
    assertThat(axis("x")).hasValue(1);
  }

  @Test
  void takesNoLengthForTheBatch() {
    input("ids", 1, "seq").input("mask", 1, "seq");
    assertThat(axis("ids")).hasValue(0);
    assertThat(axis("mask")).hasValue(0);
    assertThat(size()).hasValue(1);
  }

  @Test
  void takesNoExpressionForTheBatch() {
    input("x", "n", 8).input("y", "n", "batch * 2");
    assertThat(axis("y")).hasValue(0);
  }

  @Test
  void takesAFixedBatchOfTheFirstInputWithMoreAxes() {
    input("scales", 3).input("x", 4, 64).input("y", 4);
    assertThat(axis("scales")).isEmpty();
    assertThat(axis("x")).hasValue(0);
    assertThat(axis("y")).hasValue(0);
    assertThat(size()).hasValue(4);
  }

  @Test
  void leavesVectorsWithoutABatchBesideAFreeOne() {
    input("scales", 3).input("x", "?", 64).input("state", 2, "?", 16);
    assertThat(axis("scales")).isEmpty();
    assertThat(axis("x")).hasValue(0);
    assertThat(axis("state")).isEmpty();
  }

  @Test
  void putsWhatIsSaidFirst() {
    input("state", 2, "?", 16).input("x", "?", 64);
    BatchAxes axes = BatchAxes.of(inputs).with(Map.of("state", OptionalInt.of(1)));
    assertThat(axes.of("state")).hasValue(1);
    assertThat(axes.of("x")).hasValue(0);
  }
}
