// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.option;

import dev.quench.cli.output.CommandException;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.cli.output.Text;
import dev.quench.compress.fuse.FlushDenormals;
import dev.quench.graph.Model;
import dev.quench.graph.rewrite.ConstantInitializers;
import dev.quench.onnx.OnnxReader;
import dev.quench.onnx.OnnxWriter;
import dev.quench.pipeline.ModelInputs;
import dev.quench.run.Precision;
import dev.quench.run.TensorSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/// A model as read from a file.
///
/// @param sizeBytes of the file, with the weights that are kept in files beside it
public record ModelFile(Path path, Model model, long sizeBytes) {
  /// With initializers that are also listed as inputs taken as constants.
  public static ModelFile read(Path path) throws IOException {
    ModelFile file = readAsWritten(path);
    new ConstantInitializers().apply(file.model());
    return file;
  }

  /// As [#read(Path)], telling the command's user what was read.
  public static ModelFile read(Path path, QuenchCommand command) throws IOException {
    ModelFile file = read(path);
    file.tell(command);
    return file;
  }

  /// Says with `--verbose` what this is.
  void tell(QuenchCommand command) {
    command.detail(
        "model %s: %s, opset %d, %d nodes, %s"
            .formatted(
                path,
                Text.bytes(sizeBytes),
                model.opset(),
                model.graph().nodes().size(),
                precision()));
  }

  /// As the file has it.
  static ModelFile readAsWritten(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      throw new CommandException(path + " is a folder; name an ONNX file");
    }
    AtomicLong size = new AtomicLong();
    Model model = OnnxReader.read(path, size::set);
    return new ModelFile(path, model, size.get());
  }

  /// Bytes of a file that [OnnxWriter#write(Model, Path)] wrote, with those of the data beside it.
  public static long writtenBytes(Model model, Path file) throws IOException {
    return Files.size(file)
        + (OnnxWriter.fitsOneMessage(model)
            ? 0
            : Files.size(file.resolveSibling(file.getFileName() + ".data")));
  }

  /// Says in one line whether denormal weights slow the model down, so that no comparison of times
  /// is flattered.
  public void tellDenormals(QuenchCommand command) {
    FlushDenormals.Count found = FlushDenormals.count(model);
    if (found.denormal() > 0) {
      command.note(
          "warning: %s: %s, which slows processors down; optimize --flush-denormals makes them zero"
              .formatted(path, found));
    }
  }

  public String name() {
    return Text.stem(path);
  }

  /// What the model asks for, see [Precision#of].
  public Precision precision() {
    return Precision.of(model);
  }

  /// What a caller must feed, see [ModelInputs#of].
  public List<TensorSpec> inputs() {
    return ModelInputs.of(model).specs();
  }
}
