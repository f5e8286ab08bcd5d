// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.calibration.table.CalibrationTable;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.run.Availability;
import dev.quench.run.Backend;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// With very many tensors threads share counters, and ONNX Runtime leaves the graph as it is.
class ManyTensorsTest {
  private final List<SessionOptions> opened = new ArrayList<>();

  private final Backend recording =
      new Backend() {
        private final OnnxRuntimeBackend runs = new OnnxRuntimeBackend();

        @Override
        public String name() {
          return runs.name();
        }

        @Override
        public Availability availability() {
          return runs.availability();
        }

        @Override
        public Session open(Model model, SessionOptions options) {
          synchronized (opened) {
            opened.add(options);
          }
          return runs.open(model, options);
        }
      };

  private static Model chain(int nodes) {
    Graph graph = new Graph("chain", OpsetImports.onnx(17));
    ValueType type = ValueType.tensor(DataType.FLOAT, Shape.of(Dim.of("N"), Dim.of(6)));
    Value value = graph.addInput("x", type);
    Value factor = graph.addInitializer("factor", Tensor.scalar(1.001f));
    for (int i = 0; i < nodes; i++) {
      value =
          graph.append(NodeBuilder.of("Mul").inputs(value, factor).output("v" + i, type)).output(0);
    }
    graph.addOutput(value);
    return new Model(graph, 8);
  }

  private static Set<String> names(int nodes) {
    Set<String> names = new LinkedHashSet<>();
    for (int i = 0; i < nodes; i++) {
      names.add("v" + i);
    }
    return names;
  }

  @Test
  void areRunWithoutGraphOptimizationWhateverTheirGroups() throws IOException {
    int nodes = 2001;
    SampleDataset data = SampleDataset.gaussian("x", Shape.of(6), 5, 3);
    CalibrationTable whole =
        Calibrator.using(recording).calibrate(chain(nodes), names(nodes), data);
    CalibrationTable inGroups =
        Calibrator.using(recording)
            .tapBytes(50_000)
            .threads(2)
            .batchSize(2)
            .calibrate(chain(nodes), names(nodes), data);

    assertThat(opened).hasSizeGreaterThan(2).noneMatch(SessionOptions::optimize);
    assertThat(inGroups.toJson()).isEqualTo(whole.toJson());
  }

  @Test
  void giveTheSameHistogramsAsFewTensors() throws IOException {
    SampleDataset data = SampleDataset.gaussian("x", Shape.of(6), 9, 4);
    Model model = chain(1500);
    CalibrationTable many = Calibrator.using(recording).calibrate(model, names(1500), data);
    CalibrationTable few = Calibrator.using(recording).calibrate(model, names(40), data);

    assertThat(opened).allMatch(SessionOptions::optimize);
    few.names()
        .forEach(name -> assertThat(many.histogram(name)).as(name).isEqualTo(few.histogram(name)));
  }
}
