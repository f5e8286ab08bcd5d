// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import dev.quench.cli.engine.EngineCacheOptions;
import dev.quench.cli.option.BackendOption;
import dev.quench.cli.option.ModelFile;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.run.Availability.Available;
import dev.quench.run.Backend;
import dev.quench.run.Backends;
import dev.quench.run.Precision;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// On what an evaluation runs its models.
///
/// @param names of backends, or `auto`
/// @param precisions for TensorRT; empty for those of the models
/// @param engineCache where TensorRT keeps its engines
/// @param onCluster whether other machines run them
record BackendChoice(
    List<String> names,
    List<Precision> precisions,
    EngineCacheOptions engineCache,
    boolean onCluster) {
  /// Those that can run here and those that cannot, which the report then lists. On a cluster,
  /// whose machines may have what this one lacks, all.
  ///
  /// @throws IOException if the folder of engines cannot be used
  Set<Backend> backends(ModelFile file, QuenchCommand command) throws IOException {
    Set<Backend> chosen = new LinkedHashSet<>();
    for (String name : names) {
      chosen.add(
          name.equals("auto")
              ? BackendOption.available(name, file.model(), command)
              : Backends.named(name));
    }
    if (onCluster) {
      return chosen;
    }
    if (chosen.stream().noneMatch(backend -> backend.availability() instanceof Available)) {
      BackendOption.available(chosen.iterator().next().name(), file.model(), command);
    }
    Set<Backend> cached = new LinkedHashSet<>();
    for (Backend backend : chosen) {
      cached.add(engineCache.cached(backend, command));
    }
    return cached;
  }

  /// ONNX Runtime runs a model as it is; only TensorRT chooses.
  List<Precision> precisions(ModelFile file, Backend backend) {
    return precisions.isEmpty()
            || file.precision() == Precision.INT8
            || !backend.name().equals("tensorrt")
        ? List.of(file.precision())
        : precisions;
  }
}
