// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import dev.quench.graph.Model;
import dev.quench.run.ModelReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/// [OnnxReader] as a service.
public final class OnnxModelReader implements ModelReader {
  @Override
  public Stored read(Path file) throws IOException {
    AtomicLong size = new AtomicLong();
    Model model = OnnxReader.read(file, size::set);
    return new Stored(model, size.get());
  }
}
