"""Calls every operation of the official Python client of the Customer Insights API and tells what comes of it.

usage: operations.py PART BASE_URL < SAMPLES

PART is `data`, `management` or `writes`; BASE_URL ends with the front (`http://127.0.0.1:8080/v1`); SAMPLES is a JSON
object with values of the organization behind it. Writes a JSON object a line: `operation`, `case`, `expected` and `got`,
which are the same where all is well; the last line has the operations that no part calls, and `end`.
"""

import inspect
import json
import os
import sys
from urllib.parse import parse_qs, urlsplit

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.build/python/packages"))

from dynamics.customerinsights.api import CustomerInsights  # noqa: E402
from msrest.exceptions import HttpOperationError  # noqa: E402

samples = {}


# What the client makes of an answer. An error that it returns in place of rows has a code; one that it raises has a
# status and a code. `nothing` is what it makes of a 401, and of a 429 on a write: an empty success.
def told(call):
    try:
        result = call()
    except HttpOperationError as error:
        try:
            code = error.response.json()["errorCode"]
        except (ValueError, KeyError, TypeError):
            code = "without a code"
        return f"raises {error.response.status_code} {code}", None
    except Exception as error:  # A form that the client cannot read.
        return f"breaks with {type(error).__name__}", None
    if result is None:
        return "nothing", None
    if getattr(result, "error_code", None):
        return f"returns {result.error_code}", result
    if isinstance(result, list):
        kinds = sorted({type(item).__name__ for item in result})
        return f"list of {', '.join(kinds) or 'nothing'}", result
    if hasattr(result, "response"):
        return f"raw {result.response.status_code}", result.response.json()
    return type(result).__name__, result


# MARK: Data reads. Parameters of `get_entities_with_odata_path` → what it gives, and what must be true of it.

ROWS = "ODataEntityPayload"


def rows(count=None, columns=None, test=None):
    """Says what is wrong with the rows, or nothing."""

    def check(result):
        value = result.value if hasattr(result, "value") else result["value"]
        if count is not None and len(value) != count:
            return f"{len(value)} rows"
        if not value:
            return "no row"
        for row in value:
            names = [name for name in row if name.startswith(("@", "msdynci_", "_")) or "@" in name]
            if names:
                return f"a row shows {names[0]}"
            if columns is not None and set(row) != set(columns):
                return f"a row has {', '.join(row)}"
        if test is not None and not test(value):
            return "other rows"
        return None

    return check


def one(column, value):
    return lambda found: [row[column] for row in found] == [value]


def same(column, value):
    return lambda found: all(row[column] == value for row in found)


def is_sorted(column, descending=False):
    return lambda found: [r[column] for r in found] == sorted((r[column] for r in found), reverse=descending)


def is_expanded(found):
    row = found[0]
    activities, measures = row["UnifiedActivity"], row["Customer_Measure"]
    return (
        len(activities) > 1
        and all(activity["CustomerId"] == row["CustomerId"] for activity in activities)
        and measures["CustomerId"] == row["CustomerId"]
        and "TotalSpend" in measures
    )


def data_cases():
    s = samples
    # The old API named columns without the prefix that Dataverse needs.
    key_column = s["alternateKeyColumn"].replace("msdynci_", "", 1)
    mine = f"CustomerId eq '{s['customerID']}'"
    both = sorted([s["customerID"], s["secondCustomerID"]])
    yield "a page", dict(relative_path="Customer"), ROWS, rows(100)
    yield "filter", dict(relative_path="Customer", filter=mine), ROWS, rows(1, test=one("CustomerId", s["customerID"]))
    yield (
        "filter and select",
        dict(relative_path="Customer", filter=mine, select="CustomerId,FullName"),
        ROWS,
        rows(1, ["CustomerId", "FullName"]),
    )
    yield "select everything", dict(relative_path="Customer", select="*", top="2"), ROWS, rows(2)
    yield (
        "names in any case",
        dict(relative_path="customer", filter=mine.lower().replace(s["customerID"].lower(), s["customerID"])),
        ROWS,
        rows(1, test=one("CustomerId", s["customerID"])),
    )
    yield (
        "filter by an alternate key",
        dict(relative_path="Customer", filter=f"{key_column} eq '{s['alternateKeyValue']}'"),
        ROWS,
        rows(1, test=one("CustomerId", s["customerID"])),
    )
    yield (
        "filter with in",
        dict(
            relative_path="Customer",
            filter=f"CustomerId in ('{both[0]}','{both[1]}')",
            select="CustomerId",
            orderby="CustomerId",
        ),
        ROWS,
        rows(2, ["CustomerId"], lambda found: [row["CustomerId"] for row in found] == both),
    )
    yield (
        "search",
        dict(relative_path="Customer", search=s["lastName"], force_search=True, top="10"),
        ROWS,
        rows(test=lambda found: all(s["lastName"].lower() in json.dumps(row).lower() for row in found)),
    )
    yield "top", dict(relative_path="Customer", top="7", select="CustomerId"), ROWS, rows(7, ["CustomerId"])
    yield "top beyond a page", dict(relative_path="Customer", top="120", select="CustomerId"), ROWS, rows(120)
    yield (
        "order",
        dict(relative_path="Customer", orderby="CustomerId desc", select="CustomerId", top="20"),
        ROWS,
        rows(20, test=is_sorted("CustomerId", descending=True)),
    )
    yield (
        "order of activities",
        dict(relative_path="UnifiedActivity", filter=mine, orderby="ActivityTime asc"),
        ROWS,
        rows(test=is_sorted("ActivityTime")),
    )
    yield (
        "activities of a type",
        dict(relative_path="UnifiedActivity", filter=f"{mine} and ActivityType eq '{s['activityType']}'"),
        ROWS,
        rows(test=same("ActivityType", s["activityType"])),
    )
    yield (
        "activities of a time",
        dict(
            relative_path="UnifiedActivity",
            filter=f"{mine} and ActivityTime gt 2010-01-01T00:00:00.000Z and ActivityTime lt 2040-01-01T00:00:00.000Z",
        ),
        ROWS,
        rows(test=same("CustomerId", s["customerID"])),
    )
    yield "measures", dict(relative_path="Customer_Measure", filter=mine), ROWS, rows(1, test=lambda f: "TotalSpend" in f[0])
    yield (
        "a measure as a condition",
        dict(relative_path="Customer_Measure", filter="TotalSpend gt 0", select="CustomerId,TotalSpend", top="5"),
        ROWS,
        rows(5, ["CustomerId", "TotalSpend"], lambda found: all(row["TotalSpend"] > 0 for row in found)),
    )
    yield (
        "expand",
        dict(relative_path="Customer", filter=mine, expand="UnifiedActivity,Customer_Measure"),
        ROWS,
        rows(1, test=is_expanded),
    )
    yield (
        "a segment",
        dict(relative_path="Customer", filter=f"IsMemberOfSegment('{s['segmentName']}')", top="10", proxy=False),
        ROWS,
        rows(),
    )
    yield (
        "a customer in a segment",
        dict(relative_path="Customer", filter=f"{mine} and IsMemberOfSegment('{s['segmentName']}')"),
        ROWS,
        rows(1, test=one("CustomerId", s["customerID"])),
    )
    yield "output of a model", dict(relative_path=s["model"], filter=mine), ROWS, rows(1, test=one("CustomerId", s["customerID"]))
    yield (
        "an enrichment",
        dict(relative_path="BrandShareOfVoiceFromMicrosoft", top="3"),
        ROWS,
        rows(3, test=lambda found: all("ShareOfVoice" in row for row in found)),
    )
    yield (
        "one row by its key",
        dict(relative_path=f"Customer(customerId='{s['customerID']}')", raw=True),
        "raw 200",
        lambda row: None if row.get("CustomerId") == s["customerID"] else "another row",
    )
    yield (
        "a query inside the path",
        dict(relative_path=f"Customer?$filter={mine}&$select=CustomerId"),
        ROWS,
        rows(1, ["CustomerId"]),
    )
    # The client has no member for the link to the next page: callers who page read the answer itself.
    yield "skip", dict(relative_path="Customer", orderby="CustomerId", select="CustomerId", skip="3", top="4"), ROWS, rows(4, ["CustomerId"])
    # What the client returns and does not raise.
    yield "an unknown entity", dict(relative_path="Customers"), "returns entityNotFound", None
    yield "a table of a source", dict(relative_path="eCommerce_eCommercePurchases"), "returns entityNotFound", None
    yield "an unknown property", dict(relative_path="Customer", filter="Emial eq 'x'"), "returns propertyNotFound", None
    yield "a broken filter", dict(relative_path="Customer", filter="CustomerId eq"), "returns syntax.", None
    yield (
        "a segment below or",
        dict(relative_path="Customer", filter=f"{mine} or IsMemberOfSegment('{s['segmentName']}')"),
        "returns membershipNested",
        None,
    )
    yield "a forged paging token", dict(relative_path="Customer", skiptoken="forged"), "returns skiptokenInvalid", None
    yield "no row of a key", dict(relative_path="Customer('nobody')"), "returns entityNotFound", None
    yield (
        "an unknown instance",
        dict(relative_path="Customer", instance_id="99999999-9999-4999-8999-999999999999"),
        "returns MetaDataNotFound",
        None,
    )
    # What nobody may overlook, and the client raises.
    yield "what the policy denies", dict(relative_path="Customer", filter="BirthDate gt 2000-01-01"), "raises 403 policy.", None
    yield "files of the lake", dict(relative_path="Customer", proxy=True), "raises 501 notSupported", None


def run_data(client):
    for case, parameters, expected, check in data_cases():
        yield "get_entities_with_odata_path", case, expected, check, dict(instance_id=samples["instanceID"], **parameters) \
            if "instance_id" not in parameters else parameters
    # From page to page to the end, by the token in each link: every customer once.
    seen, token, pages = [], None, 0
    while True:
        got, page = told(
            lambda: client.get_entities_with_odata_path(
                samples["instanceID"], "Customer", select="CustomerId", skiptoken=token, raw=True))
        pages += 1
        if got != "raw 200":
            break
        seen += [row["CustomerId"] for row in page["value"]]
        link = page.get("@odata.nextLink")
        if link is None or pages == 10:
            break
        token = parse_qs(urlsplit(link).query)["$skiptoken"][0]
    if got == "raw 200":
        got = f"{len(set(seen))} of {len(seen)} rows on {pages} pages"
    report("get_entities_with_odata_path", "page to page", "250 of 250 rows on 3 pages", got)


# MARK: Management reads and writes. Operation → what comes of it. The rest of the parameters are `x`.

def holds(**members):
    def check(result):
        for name, value in members.items():
            found = getattr(result, name)
            if callable(value):
                if not value(found):
                    return f"{name} is {found!r:.80}"
            elif found != value:
                return f"{name} is {found!r:.80}"
        return None

    return check


def names_of(items):
    return [item["name"] if isinstance(item, dict) else item.name for item in items or []]


ABSENT = "raises 501 notSupported"  # Nothing of it is in Dataverse.
WRITE = "raises 405 writesRefused"


def management_cases():
    s = samples
    instance = s["instanceID"]
    key = dict(data_source_name="eCommerce", entity_name="eCommerceContacts", key=s["alternateKeyValue"])
    is_customer = dict(name="Customer", attributes=lambda items: "CustomerId" in names_of(items))
    return [
        # From the configuration.
        ("get_all_instances", {}, "list of InstanceInfo", lambda r: holds(instance_id=instance)(r[0])),
        ("get_instance_metadata", {}, "InstanceMetadata", holds(instance_id=instance, is_b2_c=True)),
        ("get_search_configuration", {}, "InstanceSearchConfiguration", holds(entity_config=lambda c: len(c) > 0)),
        ("get_current_user_role", {}, "RoleAssignment", holds(roles=["Viewer"])),
        (
            "get_profile_store_state",
            {},
            "ProfileStoreStateInfo",
            holds(primary_info=lambda info: info.current_state == "queryable"),
        ),
        # From metadata and mapping.
        (
            "get_all_entity_metadata",
            {},
            "IC360EntityModel",
            holds(entities=lambda e: {"Customer", "UnifiedActivity", "Customer_Measure"} <= set(names_of(e))),
        ),
        ("get_entity_metadata", dict(entity_name="Customer"), "IEntityMetadata", holds(**is_customer)),
        ("get_entity_metadata", dict(entity_name="Nothing"), "returns entityNotFound", None),
        # The policy that ships lets nothing be counted.
        ("get_entity_size", dict(entity_name="Customer"), "raises 403 policy.", None),
        # From rows.
        ("get_key_ring", key, "KeyRingResponse", holds(customer_id=s["customerID"], key_ring=lambda ring: len(ring) > 0)),
        ("get_key_ring", dict(key, key="nobody"), "returns keyNotFound", None),
        # From private tables, which are off.
        ("get_all_segments", {}, ABSENT, None),
        ("get_a_list_of_measures_metadata", {}, ABSENT, None),
        ("get_metadata_for_a_measure", {}, ABSENT, None),
        ("get_all_relationships", {}, ABSENT, None),
        ("get_a_relationship", {}, ABSENT, None),
        ("get_all_system_created_relationships", {}, ABSENT, None),
        ("get_all_data_sources", {}, ABSENT, None),
        ("get_data_source", {}, ABSENT, None),
        ("get_all_hierarchies", {}, ABSENT, None),
        ("get_a_hierarchy", {}, ABSENT, None),
        # Of the processing engine.
        ("get_an_entity_profile", {}, ABSENT, None),
        ("get_an_attribute_profile", {}, ABSENT, None),
        ("get_activity_types_and_counts", {}, ABSENT, None),
        ("get_all_role_definitions", {}, ABSENT, None),
        ("get_all_role_assignments", {}, ABSENT, None),
        ("get_a_workflow_job_information", {}, ABSENT, None),
        ("get_list_of_recent_workflow_jobs", {}, ABSENT, None),
        ("get_list_of_workflow_task_information_history", {}, ABSENT, None),
        ("get_workflow_status", {}, ABSENT, None),
        ("get_workflow_schedules", {}, ABSENT, None),
        ("get_supported_timezones", {}, ABSENT, None),
    ]


WRITES = [
    "create_an_entity", "update_an_entity", "create_an_instance", "update_an_instance", "copy_an_instance",
    "delete_an_instance", "reset_an_instance", "create_a_measure", "update_a_measure", "delete_a_measure",
    "create_a_relationship", "update_a_relationship", "delete_a_relationship", "create_a_segment", "update_a_segment",
    "activate_segment", "deactivate_segment", "delete_segment", "create_a_hierarchy", "update_a_hierarchy",
    "delete_a_hierarchy", "update_search_configuration", "delete_a_data_source", "update_a_role_assignment",
    "deletes_a_role_assignment", "submit_a_workflow_job", "cancel_a_workflow_job", "create_workflow_refresh_schedule",
    "create_a_batch_of_workflow_refresh_schedules",
]


def write_cases():
    # The client sends an entity as a string that holds JSON.
    bodies = {"create_an_entity": '{"ActivityId":"1"}', "update_an_entity": '{"FullName":"x"}'}
    return [(name, {"body": bodies[name]} if name in bodies else {}, WRITE, None) for name in WRITES]


def filled(operation, arguments):
    """All parameters that the operation wants."""
    found = dict(arguments)
    for name, parameter in inspect.signature(operation).parameters.items():
        if name in found or parameter.default is not inspect.Parameter.empty or parameter.kind == parameter.VAR_KEYWORD:
            continue
        found[name] = samples["instanceID"] if name == "instance_id" else "x"
    return found


def cases(part, client):
    if part == "data":
        yield from run_data(client)
        return
    for operation, arguments, expected, check in management_cases() if part == "management" else write_cases():
        yield operation, "", expected, check, filled(getattr(client, operation), arguments)


def report(operation, case, expected, got):
    print(json.dumps({"operation": operation, "case": case, "expected": expected, "got": got}), flush=True)


def main():
    part, base = sys.argv[1:]
    samples.update(json.load(sys.stdin))
    client = CustomerInsights(base)
    for operation, case, expected, check, arguments in cases(part, client):
        got, result = told(lambda: getattr(client, operation)(**arguments))
        # An expectation that ends with a blank or a period is the beginning of one.
        if expected.endswith((" ", ".")) and got.startswith(expected) and len(got) > len(expected):
            got = expected
        if got == expected and check is not None:
            try:
                wrong = check(result)
            except (AttributeError, KeyError, TypeError, IndexError) as error:
                wrong = f"{type(error).__name__} {error}"
            if wrong:
                got += f", but {wrong}"
        report(operation, case, expected, got)
    called = {"get_entities_with_odata_path", *(case[0] for case in management_cases() + write_cases())}
    operations = {name for name, value in inspect.getmembers(CustomerInsights) if hasattr(value, "metadata")}
    print(json.dumps({"end": len(operations), "uncalled": sorted(operations ^ called)}))


if __name__ == "__main__":
    main()
