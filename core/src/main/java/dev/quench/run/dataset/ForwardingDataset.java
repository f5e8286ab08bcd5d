// SPDX-License-Identifier: Apache-2.0
package dev.quench.run.dataset;

import java.util.List;
import java.util.Optional;

/// Wraps another data set; methods that are not overridden forward to it.
public interface ForwardingDataset extends Dataset {
  Dataset data();

  @Override
  default String description() {
    return data().description();
  }

  @Override
  default long size() {
    return data().size();
  }

  @Override
  default String digest() {
    return data().digest();
  }

  @Override
  default boolean isRandom() {
    return data().isRandom();
  }

  @Override
  default BatchAxes axes() {
    return data().axes();
  }

  @Override
  default Optional<String> preprocessing() {
    return data().preprocessing();
  }

  @Override
  default List<String> classNames() {
    return data().classNames();
  }

  @Override
  default List<SkippedFile> skipped() {
    return data().skipped();
  }

  @Override
  default Optional<Sampling> sampling() {
    return data().sampling();
  }
}
