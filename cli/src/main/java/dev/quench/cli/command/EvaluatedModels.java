// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import dev.quench.cli.engine.EngineOptions;
import dev.quench.cli.option.ModelFile;
import dev.quench.cli.output.ModelNames;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.pipeline.quantize.UncalibratedStamp;
import dev.quench.trt.execute.Engine;
import dev.quench.trt.execute.EngineBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The models and engines of one evaluation, in the order in which they were named. Owns the
/// engines.
final class EvaluatedModels implements AutoCloseable {
  /// @param name in tables, other than those of the others
  /// @param file for an engine with a model that has only its interface
  /// @param engine where it is one
  record Entry(String name, ModelFile file, Optional<EngineBackend> engine) {}

  private final List<Entry> entries = new ArrayList<>();

  /// Reads every file; when one cannot be read, the engines before it are closed.
  static EvaluatedModels read(List<Path> files, EngineOptions engines, QuenchCommand command)
      throws IOException {
    EvaluatedModels models = new EvaluatedModels();
    boolean complete = false;
    try {
      List<String> names = ModelNames.of(files);
      for (int i = 0; i < files.size(); i++) {
        models.entries.add(read(names.get(i), files.get(i), engines, command));
      }
      complete = true;
      return models;
    } finally {
      if (!complete) {
        models.close();
      }
    }
  }

  private static Entry read(String name, Path file, EngineOptions engines, QuenchCommand command)
      throws IOException {
    if (EngineOptions.isEngine(file)) {
      Engine engine = engines.load(file);
      return new Entry(
          name,
          new ModelFile(file, EngineOptions.interfaceOf(engine), Files.size(file)),
          Optional.of(new EngineBackend(engine)));
    }
    ModelFile read = ModelFile.read(file, command);
    if (UncalibratedStamp.isOn(read.model())) {
      command.note("warning: " + file + " is UNCALIBRATED: its ranges were found on random data");
    }
    read.tellDenormals(command);
    return new Entry(name, read, Optional.empty());
  }

  List<Entry> entries() {
    return entries;
  }

  @Override
  public void close() {
    entries.forEach(entry -> entry.engine().ifPresent(backend -> backend.engine().close()));
  }
}
