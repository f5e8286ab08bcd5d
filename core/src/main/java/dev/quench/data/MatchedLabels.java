// SPDX-License-Identifier: Apache-2.0
package dev.quench.data;

import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Another data set of named classes with the indices that a model gives them, or without labels
/// where they do not match. Data and digest are those of the other.
record MatchedLabels(Dataset data, ClassMatch match) implements ForwardingDataset {
  /// @param data with class names
  static MatchedLabels of(Dataset data, ModelClasses model) {
    List<String> names = data.classNames();
    List<Integer> places = IntStream.range(0, names.size()).boxed().toList();
    return new MatchedLabels(
        data,
        model.names().isEmpty()
            ? ClassMatch.byPlace(data.description(), names.size(), places, model.count(), false)
            : ClassMatch.byName(data.description(), names, model.names()));
  }

  @Override
  public Stream<Batch> batches(int batchSize) throws IOException {
    return data.batches(batchSize)
        .map(batch ->
            new Batch(
                batch.inputs(),
                matched(batch.labels()),
                batch.size(),
                batch.images(),
                batch.axes()));
  }

  private Labels matched(Labels labels) {
    if (!match.isMatched()) {
      return new Labels.None(match.problem());
    }
    return labels instanceof Labels.Classes(List<Integer> classes)
        ? new Labels.Classes(classes.stream().map(match.indices()::get).toList())
        : labels;
  }

  @Override
  public MatchedLabels limit(long limit) {
    return new MatchedLabels(data.limit(limit), match);
  }

  @Override
  public MatchedLabels sample(long count, long seed) {
    return new MatchedLabels(data.sample(count, seed), match);
  }
}
