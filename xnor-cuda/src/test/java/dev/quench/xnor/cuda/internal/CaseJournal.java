// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.Map;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/// Runs the cases of a test class and writes each one down when it starts, so that a case that ends
/// the process is known by name.
final class CaseJournal implements TestExecutionListener {
  private final ArrayNode cases;
  private final Runnable flush;
  private final Map<String, ObjectNode> running = new HashMap<>();
  private TestPlan plan;
  private int passed;
  private int others;

  private CaseJournal(ArrayNode cases, Runnable flush) {
    this.cases = cases;
    this.flush = flush;
  }

  /// @param cases grows by one object a case
  /// @param flush puts the report on disk
  /// @return whether there were cases, and all passed; one that is skipped did not
  static boolean run(Class<?> tests, ArrayNode cases, Runnable flush) {
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(DiscoverySelectors.selectClass(tests))
            .build();
    CaseJournal journal = new CaseJournal(cases, flush);
    Launcher launcher = LauncherFactory.create();
    launcher.execute(request, journal);
    return journal.passed > 0 && journal.others == 0;
  }

  @Override
  public void testPlanExecutionStarted(TestPlan testPlan) {
    plan = testPlan;
  }

  @Override
  public void executionStarted(TestIdentifier test) {
    if (test.isTest()) {
      running.put(
          test.getUniqueId(), cases.addObject().put("case", name(test)).put("status", "running"));
      flush.run();
    }
  }

  @Override
  public void executionSkipped(TestIdentifier test, String reason) {
    others++;
    cases.addObject().put("case", name(test)).put("status", "skipped").put("detail", reason);
    flush.run();
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    boolean successful = result.getStatus() == TestExecutionResult.Status.SUCCESSFUL;
    if (!test.isTest() && successful) {
      return;
    }
    ObjectNode node = running.remove(test.getUniqueId());
    if (node == null) {
      node = cases.addObject().put("case", name(test));
    }
    if (successful) {
      passed++;
      node.put("status", "passed");
    } else {
      others++;
      node.put("status", "failed")
          .put("detail", result.getThrowable().map(Throwable::toString).orElse("no reason"));
    }
    flush.run();
  }

  private String name(TestIdentifier test) {
    return plan.getParent(test)
        .filter(parent -> parent.getParentId().isPresent())
        .map(parent -> parent.getDisplayName() + " ")
        .orElse("")
        .concat(test.getDisplayName());
  }
}
